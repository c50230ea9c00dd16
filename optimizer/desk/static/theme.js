'use strict';
(() => {
  let kept = null;
  try { kept = localStorage.getItem('theme'); } catch { /* a browser may forbid storage */ }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = kept || (dark ? 'dark' : 'light');
})();
