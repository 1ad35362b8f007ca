// How numbers, times and elements are written. Everything that comes from outside becomes text nodes, never markup.

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const number = (n) => WHOLE.format(Number.isFinite(n) ? n : 0);

export const plural = (n, one, many = one + 's') => `${number(n)} ${n === 1 ? one : many}`;

/** Kilobytes in the largest unit that leaves a number of at most four figures. */
export function size(kb) {
  if (!(kb > 0)) return '0 KB';
  let value = kb;
  for (const unit of ['KB', 'MB', 'GB']) {
    if (value < 1000) return `${value < 10 && unit !== 'KB' ? value.toFixed(1) : number(Math.max(1, value))} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TB`;
}

/** The server's local time `YYYY-MM-DD HH:MM:SS` as seconds on a line; 0 where there is none. Only differences matter. */
export function seconds(text) {
  const at = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text ?? '');
  return at ? Date.UTC(at[1], at[2] - 1, at[3], at[4], at[5], at[6]) / 1000 : 0;
}

/** A time without its date where that is today's. */
export function clock(text, now) {
  if (!text) return '';
  return now && text.slice(0, 10) === now.slice(0, 10) ? text.slice(11) : text;
}

/** How long: `45 s`, `3 min`, `2 h 5 min`, `4 d 2 h`. */
export function span(s) {
  const whole = Math.max(0, Math.round(s));
  if (whole < 90) return `${whole} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 172800) {
    const minutes = Math.floor((whole % 3600) / 60);
    return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ''}`;
  }
  const hours = Math.floor((whole % 86400) / 3600);
  return `${Math.floor(whole / 86400)} d${hours ? ` ${hours} h` : ''}`;
}

// What would show nothing, steer a terminal or turn the direction of a line is spelled out: an operator must see that it
// was there. The server replaces such characters too; this is the second guard.
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const spelled = (c) => {
  const code = c.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
};

export const plain = (text) => String(text ?? '').replace(STEERING, spelled);

/** An element: attributes (class, listeners as `onclick`), then children; texts become text nodes. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined)
      .map((child) => (child instanceof Node ? child : plain(child))),
  );
  return element;
}

/** Changes the text only where it differs, so that a selection or a screen reader's place survives. */
export function say(element, text) {
  const wanted = plain(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

/**
 * Brings the rows of a table body in line with data, keeping the elements of rows that stay, and the focus. While the
 * pointer is on the body or the focus in it the order stays as it is: nothing slides away under a click.
 */
export function rows(body, data, key, make, update) {
  const held = body.matches(':hover') || body.contains(document.activeElement);
  const old = new Map([...body.children].map((row) => [row.dataset.key, row]));
  const wanted = new Map(data.map((each) => [key(each), each]));
  let order = [...wanted.keys()];
  if (held) {
    const kept = [...old.keys()].filter((each) => wanted.has(each));
    order = [...kept, ...order.filter((each) => !old.has(each))];
  }
  const focus = document.activeElement;
  for (const [name, row] of old) if (!wanted.has(name)) row.remove();
  order.forEach((name, i) => {
    let row = old.get(name);
    if (!row) {
      row = make(wanted.get(name));
      row.dataset.key = name;
    }
    if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    update(row, wanted.get(name));
  });
  if (focus && focus !== document.activeElement && body.contains(focus)) focus.focus({ preventScroll: true });
}

/** Replaces the children of a cell if what they say has changed. */
export function show(cell, signature, children) {
  if (cell.dataset.said === signature) return;
  cell.dataset.said = signature;
  cell.replaceChildren(...children.flat().filter(Boolean));
}
