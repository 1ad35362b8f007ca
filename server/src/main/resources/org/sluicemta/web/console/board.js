// The upper part of the page: verdict, meters, provider board.

import { byPain, cut, state, trend, verdict } from './judge.js';
import { clock, el, number, plural, rows, say, seconds, show, span, svg } from './words.js';

const $ = (id) => document.getElementById(id);

/** Samples of the last ten minutes, one in two seconds. */
const MOST_SAMPLES = 300;
const LEAST_SAMPLES = 30;
/** Rows of the board until somebody asks for more. */
const FIRST_ROWS = 8;
const MOST_ROWS = 200;

export class Board {
  #out = [];
  #totalOut = -1;
  #movedAt = 0;
  #spoken = '';
  #showAll = false;
  #providers = [];
  #status = null;
  #choose;

  /** choose(provider): somebody wants to see its queues. */
  constructor(choose) {
    this.#choose = choose;
    $('providers-more').addEventListener('click', () => {
      this.#showAll = !this.#showAll;
      this.#board();
    });
  }

  forget() {
    this.#out = [];
    this.#totalOut = -1;
    this.#movedAt = 0;
    this.#providers = [];
  }

  status(mta, status) {
    const now = seconds(status.timeNow);
    const total = status.traffic.total.out.rcp;
    // What the server cannot say: since when nothing goes out, as far as it was watched.
    if (status.traffic.lastMin.out.rcp > 0 || this.#totalOut < 0 || total !== this.#totalOut)
      this.#movedAt = now - (this.#totalOut < 0 && status.traffic.lastMin.out.rcp === 0 ? 60 : 0);
    this.#totalOut = total;
    this.#out.push(status.traffic.lastMin.out.rcp);
    if (this.#out.length > MOST_SAMPLES) this.#out.shift();
    this.#status = status;
    say($('host'), mta.fullHostName ?? '');
    const up = now - seconds(status.startupTime);
    say($('state'), status.shuttingDown ? 'stopping' : `running for ${span(up)}`);
    $('state').classList.toggle('stopping', Boolean(status.shuttingDown));
    this.#judge();
    this.#meters(status, up);
    this.#warn(status.warnings ?? []);
  }

  providers(list) {
    this.#providers = list;
    if (this.#status) this.#judge();
    this.#board();
  }

  #judge() {
    const said = verdict(this.#status, this.#providers, this.#movedAt);
    $('verdict').className = `verdict ${said.tone}`;
    say($('verdict-said'), said.text);
    say($('verdict-more'), said.more);
    // Numbers change every two seconds; only another verdict is worth an interruption.
    const gist = said.tone + said.text.replace(/[\d,]+/g, '');
    if (gist !== this.#spoken) {
      this.#spoken = gist;
      say($('spoken'), said.text);
    }
    document.title = `${{ ok: '', idle: '', warn: '▲ ', bad: '◆ ' }[said.tone]}${$('host').textContent || 'Sluice'} – Sluice`;
  }

  #warn(warnings) {
    const texts = warnings.map((each) => (typeof each === 'string' ? each : each.text));
    const list = $('warnings');
    list.hidden = texts.length === 0;
    show(
      list,
      JSON.stringify(texts),
      texts.map((text) => el('li', {}, text)),
    );
  }

  #meters(s, up) {
    const { lastMin, lastHr } = s.traffic;
    const queue = s.queue.smtp;
    const worst = this.#providers.filter((p) => p.rcp > 0 && state(p).rank >= 3).sort(byPain)[0];
    const spool = s.spool.maxRcp > 0 ? s.spool.totalRcp / s.spool.maxRcp : 0;
    const { smtpIn, smtpOut } = s.conn;
    this.#meter(
      'out',
      'Delivered in the last minute',
      number(lastMin.out.rcp),
      '',
      trend(lastMin.out.rcp, lastHr.out.rcp, up) || `${number(lastHr.out.rcp)} in the last hour`,
      this.#line(),
    );
    this.#meter(
      'in',
      'Came in',
      number(lastMin.in.rcp),
      'a minute',
      trend(lastMin.in.rcp, lastHr.in.rcp, up) || `${number(lastHr.in.rcp)} in the last hour`,
    );
    this.#meter(
      'wait',
      'Waiting',
      number(queue.rcp),
      queue.rcp === 1 ? 'recipient' : 'recipients',
      worst ? `most pressing: ${worst.name}` : `in ${plural(queue.dom, 'domain')}`,
    );
    this.#meter(
      'conn',
      'Connections out',
      number(smtpOut.cur),
      smtpOut.max > 0 ? `of ${number(smtpOut.max)}` : '',
      `${number(smtpIn.cur)} in${smtpIn.max > 0 ? ` of ${number(smtpIn.max)}` : ''}; most out so far ${number(smtpOut.top)}`,
      gauge(smtpOut.max > 0 ? smtpOut.cur / smtpOut.max : 0),
    );
    this.#meter(
      'spool',
      'Spool',
      s.spool.initPct < 100 ? `${s.spool.initPct} %` : number(s.spool.totalRcp),
      s.spool.initPct < 100 ? 'read' : s.spool.maxRcp > 0 ? `of ${short(s.spool.maxRcp)}` : '',
      `${plural(s.spool.files.inUse, 'file')} in use`,
      gauge(spool),
    );
  }

  #meter(id, title, read, unit, note, picture) {
    let box = $(`meter-${id}`);
    if (!box) {
      box = el(
        'div',
        { class: 'meter', id: `meter-${id}` },
        el('dt', {}, title),
        el('dd', { class: 'read' }, el('span'), ' ', el('small')),
        el('dd', { class: 'picture', 'aria-hidden': 'true' }),
        el('dd', { class: 'note' }),
      );
      $('meters').append(box);
    }
    say(box.querySelector('.read span'), read);
    say(box.querySelector('.read small'), unit);
    say(box.querySelector('.note'), note);
    box.querySelector('.picture').replaceChildren(...(picture ? [picture] : []));
  }

  /** The last ten minutes as a line. */
  #line() {
    if (this.#out.length < 5) return null;
    const top = Math.max(1, ...this.#out);
    // The page has seen only what came since it was opened: the axis grows with it, from a minute to ten.
    const axis = Math.max(LEAST_SAMPLES, this.#out.length);
    const x = (i) => (((axis - this.#out.length + i) / (axis - 1)) * 100).toFixed(1);
    const points = this.#out.map((n, i) => `${x(i)} ${(36 - (n / top) * 33).toFixed(1)}`);
    const start = x(0);
    return svg(
      'svg',
      { class: 'line', viewBox: '0 0 100 38', preserveAspectRatio: 'none' },
      svg('path', { class: 'fill', d: `M${start} 38L${points.join('L')}L100 38Z` }),
      svg('path', { d: `M${points.join('L')}` }),
    );
  }

  #board() {
    const sorted = [...this.#providers].sort(byPain);
    const hurt = sorted.filter((p) => state(p).rank >= 2).length;
    const shown = sorted.slice(0, this.#showAll ? MOST_ROWS : FIRST_ROWS);
    const now = this.#status?.timeNow;
    rows(
      $('providers').tBodies[0],
      shown,
      (p) => p.name,
      (p) => this.#row(p),
      (row, p) => update(row, p, now),
    );
    say(
      $('providers-said'),
      sorted.length === 0
        ? ''
        : hurt === 0
          ? `${plural(sorted.length, 'provider')}, none in trouble`
          : `${number(hurt)} of ${number(sorted.length)} in trouble, the worst first`,
    );
    const none = $('providers-none');
    none.hidden = sorted.length > 0;
    say(none, 'No mail has gone anywhere yet. Providers stand here as soon as mail for them comes in.');
    $('providers').hidden = sorted.length === 0;
    const more = $('providers-more');
    more.hidden = sorted.length <= FIRST_ROWS;
    more.setAttribute('aria-expanded', String(this.#showAll));
    const hidden = Math.min(sorted.length, MOST_ROWS) - FIRST_ROWS;
    const hurtToo = hurt > FIRST_ROWS ? `, ${number(hurt - FIRST_ROWS)} of them in trouble` : '';
    say(more, this.#showAll ? 'Show fewer' : `Show ${number(hidden)} more${hurtToo}`);
  }

  #row(p) {
    const name = el(
      'button',
      { type: 'button', class: 'name', title: 'Show its queues', onclick: () => this.#choose(p) },
      p.name,
    );
    return el(
      'tr',
      {},
      el('td', {}, name, el('span', { class: 'only-narrow small' })),
      el('td', { class: 'chips-cell' }),
      el('td', { class: 'n' }),
      el('td', { class: 'n wide' }),
      el('td', { class: 'mid share' }),
      el('td', { class: 'n mid' }),
      el('td', { class: 'n mid' }),
      el('td', { class: 'n mid' }),
      el('td', { class: 'mid text' }),
    );
  }
}

function update(row, p, now) {
  const cells = row.cells;
  const how = state(p);
  const why = p.holding || '';
  const error = p.lastError ? `${p.lastErrorTime ? `${clock(p.lastErrorTime, now)}  ` : ''}${p.lastError}` : '';
  say(cells[0].querySelector('.only-narrow'), how.rank >= 2 ? cut(why || error, 160) : '');
  const chips = [
    [
      how.kind,
      how.word +
        (how.kind === 'backoff' && p.backoff > 1
          ? ` ${p.backoff}`
          : how.kind === 'paused' && p.paused > 1
            ? ` ${p.paused}`
            : ''),
    ],
  ];
  if (how.kind !== 'backoff' && p.backoff > 0)
    chips.push(['backoff', `backoff${p.backoff > 1 ? ` ${p.backoff}` : ''}`]);
  if (how.kind !== 'paused' && p.paused > 0) chips.push(['paused', `paused${p.paused > 1 ? ` ${p.paused}` : ''}`]);
  chip(cells[1], chips);
  count(cells[2], p.rcp);
  count(cells[3], p.conn);
  show(cells[4], `${p.delivered} ${p.deferred} ${p.bounced}`, [shares(p)]);
  count(cells[5], p.delivered);
  count(cells[6], p.deferred);
  count(cells[7], p.bounced);
  show(
    cells[8],
    `${why}\n${error}\n${how.rank}`,
    why || error
      ? [
          why ? el('span', { class: 'two', title: why }, why) : null,
          error ? el('span', { class: `small ${why ? 'one' : 'two'}`, title: error }, error) : null,
        ]
      : [],
  );
}

export function chip(cell, chips) {
  show(cell, JSON.stringify(chips), [
    el(
      'span',
      { class: 'chips' },
      chips.map(([kind, word]) => el('span', { class: `chip ${kind}` }, word)),
    ),
  ]);
}

export function count(cell, n) {
  say(cell, number(n));
  cell.classList.toggle('zero', !n);
}

function shares(p) {
  const all = p.delivered + p.deferred + p.bounced;
  const picture = svg(
    'svg',
    { class: 'shares', viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'bg', width: 100, height: 8 }),
  );
  let x = 0;
  for (const [kind, n] of [
    ['d', p.delivered],
    ['t', p.deferred],
    ['b', p.bounced],
  ]) {
    if (n === 0) continue;
    // A share that exists is seen, however small.
    const width = Math.max(2, (n / all) * 100);
    picture.append(
      svg('rect', { class: kind, x: Math.min(x, 98), width: Math.min(width, 100 - Math.min(x, 98)), height: 8 }),
    );
    x += width;
  }
  return picture;
}

function gauge(part) {
  const used = Math.min(1, part);
  return svg(
    'svg',
    { class: `gauge${used > 0.9 ? ' full' : ''}`, viewBox: '0 0 100 3', preserveAspectRatio: 'none' },
    svg('rect', { width: 100, height: 3 }),
    svg('rect', { class: 'used', width: used === 0 ? 0 : Math.max(1, used * 100), height: 3 }),
  );
}

function short(n) {
  for (const [unit, of] of [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e4, ''],
  ]) {
    if (n >= unit && of) return `${+(n / unit).toFixed(1)}${of}`;
  }
  return number(n);
}
