// What one number of a map is the sum of; the view `inside` draws it. Value: see `number` of demos/cnn/inside.py.
const { announce } = window.gallery;
const tell = () => { if (props.value?.place) announce('inside-number', props.value); };
watch('value', tell);
tell();
