// What is being measured, on stderr, where somebody is watching.

const { stderr } = process;

/** @param {string} what */
export function progress(what) {
  if (stderr.isTTY) {
    stderr.write(`\r\x1b[K${what}`);
  }
}

export function progressDone() {
  progress('');
}
