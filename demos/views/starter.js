// Nothing to see: asks for the first result of a room when the page has opened and the address has been read.
const begin = () => { if (props.value?.start) trigger('start'); };
watch('value', begin);
begin();
