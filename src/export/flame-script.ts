/** What the HTML form of a flame graph can do beyond its SVG: zoom and search. Kept small; no library. */
export const FLAME_SCRIPT = `
(() => {
  const svg = document.querySelector('svg.flame');
  const boxes = [...svg.querySelectorAll('g[data-x]')].map((g) => ({
    g, x: +g.dataset.x, w: +g.dataset.w, name: g.dataset.n, rect: g.querySelector('rect'), text: g.querySelector('text'),
  }));
  const WIDTH = svg.viewBox.baseVal.width;
  const show = (x, w) => {
    for (const b of boxes) {
      const left = (b.x - x) / w, width = b.w / w;
      const from = Math.max(0, left), to = Math.min(1, left + width);
      const visible = to - from > 0.0003;
      b.g.style.display = visible ? '' : 'none';
      if (!visible) continue;
      const px = (to - from) * WIDTH, room = Math.floor((px - 6) / 6.6);
      b.rect.setAttribute('x', from * WIDTH);
      b.rect.setAttribute('width', px);
      b.text.setAttribute('x', from * WIDTH + 3);
      b.text.textContent = room < 3 ? '' : b.name.length <= room ? b.name : b.name.slice(0, room - 1) + '\\u2026';
    }
  };
  for (const b of boxes) {
    b.g.setAttribute('tabindex', '0');
    b.g.style.cursor = 'pointer';
    b.g.addEventListener('click', () => show(b.x, b.w));
    b.g.addEventListener('keydown', (e) => { if (e.key === 'Enter') show(b.x, b.w); });
  }
  addEventListener('keydown', (e) => { if (e.key === 'Escape') show(0, 1); });
  const search = document.getElementById('search'), found = document.getElementById('found');
  search.addEventListener('input', () => {
    const wanted = search.value.toLowerCase();
    let n = 0;
    for (const b of boxes) {
      const hit = wanted !== '' && b.name.toLowerCase().includes(wanted);
      b.g.classList.toggle('found', hit);
      if (hit) n++;
    }
    found.textContent = wanted === '' ? '' : n + ' boxes';
  });
})();
`;
