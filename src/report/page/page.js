'use strict';
(() => {
  // Colours that strategies take turns in.
  const INKS = 12;
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const root = document.documentElement;
  all('.controls').forEach((controls) => { controls.hidden = false; });

  // Strategies, shown and hidden; one of them is always shown.
  const boxes = all('input[data-toggle]');
  const show = () => {
    for (const box of boxes) {
      const of = `[data-strategy="${box.dataset.toggle}"]`;
      all(of).forEach((element) => element.classList.toggle('off', !box.checked));
    }
  };
  for (const box of boxes) {
    box.addEventListener('change', () => {
      if (!boxes.some((other) => other.checked)) box.checked = true;
      show();
    });
  }

  // Light and dark, by choice instead of by the system's.
  const theme = document.querySelector('button.theme');
  const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : prefersDark.matches);
  const name = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; };
  theme.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    name();
  });
  prefersDark.addEventListener('change', name);
  name();

  // On paper the sources of what was assumed are open.
  window.addEventListener('beforeprint', () => {
    all('details[data-print]').forEach((details) => { details.open = true; });
  });

  // Values under the pointer, or under a place that the arrow keys move.
  const readings = JSON.parse(document.getElementById('readings').textContent);
  const SVG = 'http://www.w3.org/2000/svg';
  for (const region of all('[data-reading]')) {
    const reading = readings[Number(region.dataset.reading)];
    const readout = region.parentElement.querySelector('.readout');
    const svg = region.querySelector('svg');
    const sheet = svg.viewBox.baseVal;
    const fine = sheet.width / Number(svg.getAttribute('width'));
    const last = reading.labels.length - 1;
    const cross = document.createElementNS(SVG, 'line');
    cross.setAttribute('class', 'cross');
    let at = null;
    const clear = () => {
      at = null;
      cross.remove();
      readout.replaceChildren();
    };
    const read = (place) => {
      at = Math.min(last, Math.max(0, place));
      const x = (reading.left + at * reading.step) * fine;
      for (const [key, value] of [['x1', x], ['x2', x], ['y1', sheet.y], ['y2', sheet.y + sheet.height]]) {
        cross.setAttribute(key, value);
      }
      svg.append(cross);
      const label = document.createElement('b');
      label.textContent = reading.labels[at];
      const rows = reading.rows.map((row) => {
        const value = document.createElement('span');
        value.className = `ink-${row.strategy % INKS}`;
        value.dataset.strategy = row.strategy;
        value.textContent = `${row.name}: ${row.values[at]}`;
        return value;
      });
      readout.replaceChildren(label, ...rows);
      show();
    };
    const point = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * Number(svg.getAttribute('width'));
      read(Math.round((x - reading.left) / reading.step));
    };
    region.addEventListener('pointermove', point);
    region.addEventListener('pointerdown', point);
    region.addEventListener('pointerleave', clear);
    region.addEventListener('blur', clear);
    region.addEventListener('keydown', (event) => {
      const wide = event.shiftKey ? 10 : 1;
      const moves = { ArrowLeft: (at ?? 1) - wide, ArrowRight: (at ?? -1) + wide, Home: 0, End: last };
      if (event.key === 'Escape') clear();
      if (!(event.key in moves)) return;
      event.preventDefault();
      read(moves[event.key]);
    });
  }
})();
