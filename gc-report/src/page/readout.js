'use strict';
// Under the pointer, a plot tells the value of each curve. The same numbers are in its table.
(() => {
  const three = (value) => Number(value.toPrecision(3)).toLocaleString('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const time = (ns) => {
    const [size, unit] = ns < 999.5 ? [1, 'ns'] : ns < 999.5e3 ? [1e3, 'µs'] : ns < 999.5e6 ? [1e6, 'ms'] : [1e9, 's'];
    return three(ns / size) + ' ' + unit;
  };
  const show = {
    time,
    times: (ratio) => three(ratio) + ' ×',
    share: (share) => (share * 100).toFixed(1) + ' %',
    nines: (nines) => (100 * (1 - 10 ** -nines)).toFixed(Math.max(1, Math.ceil(nines) - 1)) + ' %',
  };
  const value = ({ scale, least, most }, share) =>
    scale === 'log' ? least * (most / least) ** share : least + (most - least) * share;

  // A path of M, L, H and V as its corners.
  const corners = (path) => {
    let at = [0, 0];
    return [...path.getAttribute('d').matchAll(/([MLHV])([-\d.]+)(?: ([-\d.]+))?/g)].map(([, kind, a, b]) => {
      at = kind === 'H' ? [+a, at[1]] : kind === 'V' ? [at[0], +a] : [+a, +b];
      return at;
    });
  };
  // Where a curve is at x; of an upright piece, its upper end.
  const height = (points, x) => {
    if (points.length === 0 || x < points[0][0] || x > points[points.length - 1][0]) return null;
    const after = points.findIndex((point) => point[0] >= x);
    const to = points[after];
    if (after === 0 || to[0] === x) return to[1];
    const from = points[after - 1];
    return from[1] + (to[1] - from[1]) * (x - from[0]) / (to[0] - from[0]);
  };

  const box = document.createElement('div');
  box.className = 'readout';
  box.setAttribute('aria-hidden', 'true');
  document.body.append(box);
  const row = (parts, className) => {
    const line = document.createElement('div');
    line.className = className;
    line.append(...parts);
    return line;
  };

  document.querySelectorAll('svg[data-plot]').forEach((svg) => {
    const { x: across, y: up, area: [left, right, top, bottom] } = JSON.parse(svg.dataset.plot);
    let curves = null;
    let cursor = null;
    const hide = () => { box.classList.remove('shown'); if (cursor) cursor.remove(); cursor = null; };
    const follow = (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (point.x < left || point.x > right || point.y < top - 20 || point.y > bottom + 20) return hide();
      curves ??= [...svg.querySelectorAll('path.c')].map((path) => ({
        group: path.parentNode, points: corners(path),
        name: document.querySelector('nav [data-switch="' + path.parentNode.dataset.series + '"] + .name'),
      }));
      const found = curves.filter(({ group }) => !group.classList.contains('off'))
        .map((curve) => ({ ...curve, y: height(curve.points, point.x) })).filter(({ y }) => y !== null);
      if (found.length === 0) return hide();
      found.sort((a, b) => a.y - b.y);
      const text = (axis, share) => show[axis.unit](value(axis, share));
      const rows = found.map(({ name, y }) => row(
        [name ? name.cloneNode(true) : '', text(up, (bottom - y) / (bottom - top))], 'row'));
      box.replaceChildren(row([text(across, (point.x - left) / (right - left))], 'at'), ...rows);
      box.classList.add('shown');
      const place = Math.min(event.clientX + 18, innerWidth - box.offsetWidth - 8);
      box.style.left = Math.max(4, place < event.clientX + 18 ? Math.min(place, event.clientX - box.offsetWidth - 18) : place) + 'px';
      box.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)) + 'px';
      if (!cursor) {
        cursor = document.createElementNS(svg.namespaceURI, 'line');
        cursor.setAttribute('class', 'reference');
        cursor.setAttribute('y1', top);
        cursor.setAttribute('y2', bottom);
        svg.append(cursor);
      }
      cursor.setAttribute('x1', point.x);
      cursor.setAttribute('x2', point.x);
    };
    svg.addEventListener('pointermove', follow);
    svg.addEventListener('pointerdown', follow);
    svg.addEventListener('pointerleave', hide);
  });
})();
