// Hands a file to the visitor: whenever the value {name, data (base64)} changes, the browser saves it.
watch('value', () => {
  if (!props.value?.data) return;
  const bytes = Uint8Array.from(atob(props.value.data), (char) => char.charCodeAt(0));
  window.gallery.download(props.value.name, bytes, 'application/octet-stream');
});
