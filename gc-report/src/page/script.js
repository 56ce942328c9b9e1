'use strict';
(() => {
  const root = document.documentElement;
  const remember = (value) => { try { localStorage.setItem('gc-report-theme', value); } catch { /* not allowed for files */ } };
  const remembered = () => { try { return localStorage.getItem('gc-report-theme'); } catch { return null; } };

  const themes = ['automatic', 'light', 'dark'];
  const button = document.getElementById('theme');
  const show = (theme) => {
    if (theme === 'automatic') delete root.dataset.theme; else root.dataset.theme = theme;
    button.textContent = 'Theme: ' + theme;
  };
  let theme = themes.includes(remembered()) ? remembered() : 'automatic';
  show(theme);
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    show(theme);
    remember(theme);
  });

  const numbers = document.querySelectorAll('figure > details');
  const tables = document.getElementById('tables');
  tables.hidden = numbers.length === 0;
  tables.addEventListener('click', () => {
    const open = tables.textContent.startsWith('Show');
    numbers.forEach((details) => { details.open = open; });
    tables.textContent = (open ? 'Hide' : 'Show') + ' all numbers';
  });

  document.querySelectorAll('nav fieldset').forEach((fieldset) => { fieldset.hidden = false; });
  document.querySelectorAll('input[data-switch]').forEach((input) => {
    const apply = () => document.querySelectorAll('figure [data-series="' + input.dataset.switch + '"]')
      .forEach((part) => part.classList.toggle('off', !input.checked));
    input.addEventListener('change', apply);
    apply();
  });

  const links = new Map();
  document.querySelectorAll('nav a').forEach((link) => links.set(link.getAttribute('href').slice(1), link));
  const visible = new Set();
  const watcher = new IntersectionObserver((entries) => {
    entries.forEach((entry) => visible[entry.isIntersecting ? 'add' : 'delete'](entry.target.id));
    const first = [...links.keys()].find((id) => visible.has(id));
    links.forEach((link, id) => {
      if (id === first) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    });
  }, { rootMargin: '-10% 0px -70% 0px' });
  document.querySelectorAll('main > section').forEach((section) => watcher.observe(section));
})();
