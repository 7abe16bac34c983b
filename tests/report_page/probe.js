// Looks at the page that it was put into, and tells the page around it what is wrong.
'use strict';
const complaints = [];
const complain = (kind, what) => { complaints.push(`${kind}: ${what}`); };
window.addEventListener('error', (event) => complain('error', event.message));
window.addEventListener('unhandledrejection', (event) => complain('error', event.reason));
for (const kind of ['error', 'warn']) console[kind] = (...words) => complain(`console.${kind}`, words.join(' '));

const all = (selector) => Array.from(document.querySelectorAll(selector));
const named = (element) => `<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${element.textContent.trim().slice(0, 40)}`;
const isSeen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';

const layout = () => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) complain('layout', `the page is ${document.documentElement.scrollWidth} wide, not ${width}`);
  for (const element of all('body *')) {
    if (!isSeen(element) || element.closest('.skip')) continue;
    const scrolls = element.parentElement.closest('.scroll, pre');
    const box = element.getBoundingClientRect();
    if (!scrolls && (box.right > width + 1 || box.left < -1)) complain('layout', `${named(element)} reaches from ${box.left} to ${box.right} of ${width}`);
  }
};

// The contrast of text with what is behind it, as WCAG 2 has it.
const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => {
  const [red, green, blue] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if ((channels(colour)[3] ?? 1) > 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const contrast = (theme) => {
  for (const element of all('body *')) {
    const text = Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!text || !isSeen(element)) continue;
    const style = getComputedStyle(element);
    const colour = element.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const [one, other] = [luminance(colour), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) complain('contrast', `${theme}: ${ratio.toFixed(2)} of ${named(element)}`);
  }
};

const accessibility = () => {
  if (!document.documentElement.lang) complain('accessibility', 'no language');
  if (!document.title.trim()) complain('accessibility', 'no title');
  if (!document.querySelector('meta[name=viewport]')) complain('accessibility', 'no viewport');
  if (all('main').length !== 1) complain('accessibility', 'not one main');
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.localName[1]);
    if (next > level + 1) complain('accessibility', `h${next} after h${level}: ${heading.textContent}`);
    level = next;
  }
  if (all('h1').length !== 1) complain('accessibility', `${all('h1').length} of h1`);
  for (const svg of all('svg')) {
    if (svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')) complain('accessibility', `an svg without words: ${named(svg)}`);
  }
  for (const table of all('table')) if (!table.caption) complain('accessibility', `a table without a caption: ${named(table)}`);
  for (const cell of all('th')) if (!['col', 'row'].includes(cell.scope)) complain('accessibility', `a header without scope: ${named(cell)}`);
  for (const input of all('input')) if (!input.labels.length) complain('accessibility', 'an input without a label');
  for (const region of all('[role=region]')) if (!region.getAttribute('aria-label') || region.tabIndex !== 0) complain('accessibility', `a region that keys do not reach: ${named(region)}`);
  const ids = all('[id]').map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) complain('accessibility', `two of id ${id}`);
  for (const by of all('[aria-labelledby]')) if (!document.getElementById(by.getAttribute('aria-labelledby'))) complain('accessibility', 'labelled by nothing');
};

const controls = () => {
  const boxes = all('input[data-toggle]');
  if (boxes.length !== 3) complain('controls', `${boxes.length} toggles`);
  const shown = (index) => all(`[data-strategy="${index}"]`).filter(isSeen).length;
  const [before, others] = [shown(0), shown(1)];
  if (before < 6) complain('controls', `only ${before} things of the first strategy`);
  boxes[0].focus();
  if (document.activeElement !== boxes[0]) complain('controls', 'a toggle cannot be focused');
  boxes[0].click();
  if (shown(0) !== 0 || shown(1) !== others) complain('controls', `hidden: ${shown(0)} and ${shown(1)} of ${others} are left`);
  boxes[1].click();
  boxes[2].click();
  if (!boxes[2].checked) complain('controls', 'the last strategy can be hidden');
  boxes[0].click();
  boxes[1].click();
  if (shown(0) !== before) complain('controls', `shown again: ${shown(0)} of ${before}`);
};

const readings = () => {
  const regions = all('[data-reading]');
  if (regions.length < 3) complain('readings', `only ${regions.length}`);
  for (const region of regions) {
    const readout = region.parentElement.querySelector('.readout');
    const key = (name) => region.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
    key('End');
    const last = readout.textContent;
    if (readout.querySelectorAll('span').length < 3) complain('readings', `${region.parentElement.id} says ${last}`);
    key('ArrowLeft');
    if (!readout.textContent || readout.querySelector('b').textContent === '') complain('readings', 'nothing to the left of the end');
    key('Escape');
    if (readout.textContent) complain('readings', 'Escape leaves a reading');
    const box = region.querySelector('svg').getBoundingClientRect();
    region.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2, clientY: box.top + 5 }));
    if (!readout.textContent.includes(':')) complain('readings', `the pointer reads ${readout.textContent}`);
    region.dispatchEvent(new PointerEvent('pointerleave'));
  }
};

window.addEventListener('load', () => {
  try {
    layout();
    accessibility();
    controls();
    readings();
    all('details').forEach((details) => { details.open = true; });
    layout();
    for (const theme of ['light', 'dark']) {
      document.documentElement.dataset.theme = theme;
      contrast(theme);
    }
    const button = document.querySelector('button.theme');
    const was = document.documentElement.dataset.theme;
    button.click();
    if (document.documentElement.dataset.theme === was) complain('controls', 'the theme stays as it was');
  } catch (error) {
    complain('error', error.stack);
  }
  parent.postMessage(JSON.stringify({ width: innerWidth, complaints }), '*');
});
