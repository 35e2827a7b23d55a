// Three pages; all else is as Vite has it.
export default {
  build: { rolldownOptions: { input: ['index.html', 'slim.html', 'wasi.html'] } },
};
