// Returns what is wrong with how the page looks now: a list of sentences.
(() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5);
    wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}, by ${wide.slice(0, 3).map(e => e.outerHTML.slice(0, 80)).join(' and ')}`);
  }

  // A colour as [red, green, blue, alpha], whatever notation it has.
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = text => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = c => {
    const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  // The ground of an element: all backgrounds up to the first that covers, over the browser's own.
  const groundOf = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.backgroundImage !== 'none') wrong.push(`has text over a picture, whose contrast nobody knows: ${e.outerHTML.slice(0, 80)}`);
      if (style.opacity !== '1') wrong.push(`has text that shines through: ${e.outerHTML.slice(0, 80)}`);
      const c = rgba(style.backgroundColor);
      layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reduceRight((below, top) => over(top, below), rgba('Canvas'));
  };
  let seen = 0;
  const check = (element, colour, text) => {
    seen++;
    const ground = groundOf(element);
    const ratio = contrast(over(rgba(colour), ground), ground);
    if (ratio < 4.5) wrong.push(`has a contrast of ${ratio.toFixed(2)}: "${text.trim().slice(0, 40)}", ${colour} on ${ground.map(Math.round)}`);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    check(element, getComputedStyle(element).color, texts.currentNode.data);
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), textarea')) {
    if (!field.checkVisibility({ visibilityProperty: true })) continue;
    check(field, getComputedStyle(field).color, field.value || field.name);
    if (field.placeholder) check(field, getComputedStyle(field, '::placeholder').color, field.placeholder);
  }
  if (seen < 8) wrong.push(`has only ${seen} texts: is this the page?`);
  return wrong;
})()
