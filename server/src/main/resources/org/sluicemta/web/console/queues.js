// The table of queues: what is asked of the server, filter, order.

import { chip, count } from './board.js';
import { ask } from './net.js';
import { clock, el, number, plural, rows, say, seconds, show, size } from './words.js';

const $ = (id) => document.getElementById(id);

/** Rows until somebody asks for more, and at most. */
const FIRST_ROWS = 20;
const MOST_ROWS = 500;

/** `domain/vmta` cut before the virtual MTA. */
export function parts(name) {
  const at = name.lastIndexOf('/');
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
}

/** The queues that a pattern means, as the server told them: rows and how many recipients and kilobytes they hold. */
export async function meant(pattern) {
  const data = (await ask('/queues', { queue: pattern, maxitems: MOST_ROWS })).data;
  const list = data.queues ?? [];
  return {
    list,
    isCut: list.length >= MOST_ROWS,
    rcp: list.reduce((sum, q) => sum + q.rcp, 0),
    kb: list.reduce((sum, q) => sum + q.kb, 0),
  };
}

const ORDER = {
  name: (a, b) => a.name.localeCompare(b.name),
  state: (a, b) => weight(b) - weight(a),
  rcp: (a, b) => b.rcp - a.rcp,
  kb: (a, b) => b.kb - a.kb,
  conn: (a, b) => b.conn - a.conn,
  retry: (a, b) => (seconds(a.retryTime) || Infinity) - (seconds(b.retryTime) || Infinity),
  error: (a, b) => seconds(b.errors?.[0]?.time) - seconds(a.errors?.[0]?.time),
};
const RISING = new Set(['name', 'retry']);

const weight = (q) => (q.mode === 'backoff' ? 2 : 0) + (q.paused === 'yes' ? 1 : 0);

export class Queues {
  #open;
  #group;
  #now = '';
  #news = [];
  #found = null;
  #total = { rcp: 0, queues: 0 };
  #sort = 'rcp';
  #isTurned = false;
  #showAll = false;
  #asked = 0;
  #isAsking = false;
  #chosen = '';

  /** open(name, button): a queue was chosen; group(element, pattern): fill in what may be done with a whole pattern. */
  constructor(open, group) {
    this.#open = open;
    this.#group = group;
    $('find').addEventListener('input', () => this.#changed());
    $('which').addEventListener('change', () => this.#changed());
    $('queues-more').addEventListener('click', () => {
      this.#showAll = !this.#showAll;
      this.#changed();
    });
    for (const button of $('queues').tHead.querySelectorAll('button')) {
      button.addEventListener('click', () => {
        this.#isTurned = this.#sort === button.dataset.sort && !this.#isTurned;
        this.#sort = button.dataset.sort;
        this.#changed();
      });
    }
    document.addEventListener('keydown', (event) => {
      if (
        event.key === '/' &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.altKey &&
        !event.target.closest('input, textarea, dialog')
      ) {
        event.preventDefault();
        $('find').focus();
      }
    });
  }

  find(text) {
    $('find').value = text;
    this.#changed();
    $('queues-title').scrollIntoView({ block: 'start' });
    $('find').focus({ preventScroll: true });
  }

  forget() {
    this.#news = [];
    this.#found = null;
  }

  chosen(name) {
    this.#chosen = name;
    for (const row of $('queues').tBodies[0].rows) row.classList.toggle('open', row.dataset.key === name);
  }

  time(now) {
    this.#now = now;
  }

  news(data) {
    this.#news = data.queues ?? [];
    this.#total = { rcp: data.totalRcp, queues: data.totalQueuesWithRcp };
    if (this.#isSpecial()) void this.#refresh();
    else this.#found = null;
    this.#draw();
  }

  #text = () => $('find').value.trim().toLowerCase();
  #which = () => $('which').querySelector('input:checked').value;

  /** Whether the news do not hold what is wanted: they are the largest queues only. */
  #isSpecial() {
    return (
      this.#text() !== '' ||
      this.#which() !== 'all' ||
      this.#showAll ||
      (this.#sort !== 'rcp' && this.#total.queues > this.#news.length)
    );
  }

  #pattern() {
    const text = this.#text();
    return /[*/]/.test(text) ? (text.includes('/') ? text : `${text}/*`) : '';
  }

  #changed() {
    this.#asked++;
    this.#isAsking = false;
    if (this.#isSpecial()) void this.#refresh();
    else this.#found = null;
    this.#draw();
    // The group's counts belong to the pattern that was typed.
    const pattern = this.#pattern();
    $('group').hidden = pattern === '';
    if (pattern !== '') this.#group($('group'), pattern);
  }

  async #refresh() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const mine = this.#asked;
    const parameters = {
      maxitems: MOST_ROWS,
      errors: 'yes',
      sort: this.#sort === 'name' ? 'name' : this.#sort === 'kb' ? 'size' : 'rcpt',
    };
    if (this.#pattern()) parameters.queue = this.#pattern();
    if (this.#which() === 'backoff') parameters.mode = 'backoff';
    if (this.#which() === 'paused') parameters.paused = 'yes';
    try {
      const data = (await ask('/queues', parameters)).data;
      if (mine === this.#asked) {
        this.#found = data.queues ?? [];
        this.#draw();
      }
    } catch {
      // The stream tells that the server is away; the next news ask again.
    } finally {
      if (mine === this.#asked) this.#isAsking = false;
    }
  }

  #draw() {
    const text = this.#text();
    const matches = this.#pattern() === '' ? (q) => q.name.toLowerCase().includes(text) : glob(this.#pattern());
    const which = this.#which();
    const wanted = (this.#found ?? this.#news).filter(
      (q) =>
        matches(q) &&
        (which !== 'backoff' || q.mode === 'backoff') &&
        (which !== 'paused' || q.paused === 'yes') &&
        (which !== 'errors' || q.errors?.length > 0),
    );
    const compare = ORDER[this.#sort];
    wanted.sort((a, b) => (this.#isTurned ? -1 : 1) * compare(a, b) || a.name.localeCompare(b.name));
    const most = this.#showAll ? MOST_ROWS : FIRST_ROWS;
    const shown = wanted.slice(0, most);
    for (const button of $('queues').tHead.querySelectorAll('button')) {
      const heading = button.closest('th');
      if (button.dataset.sort !== this.#sort) heading.removeAttribute('aria-sort');
      else heading.setAttribute('aria-sort', RISING.has(this.#sort) !== this.#isTurned ? 'ascending' : 'descending');
    }
    rows(
      $('queues').tBodies[0],
      shown,
      (q) => q.name,
      (q) => this.#row(q),
      (row, q) => this.#update(row, q),
    );
    const isAll = text === '' && which === 'all';
    const matching = isAll ? Math.max(this.#total.queues, wanted.length) : wanted.length;
    say(
      $('queues-said'),
      isAll
        ? `${plural(this.#total.rcp, 'recipient')} in ${plural(this.#total.queues, 'queue')} with mail`
        : `${plural(wanted.length, 'queue')} ${wanted.length === 1 ? 'matches' : 'match'}, ${plural(
            wanted.reduce((sum, q) => sum + q.rcp, 0),
            'recipient',
          )}`,
    );
    const none = $('queues-none');
    none.hidden = shown.length > 0;
    $('queues').hidden = shown.length === 0;
    say(
      none,
      isAll
        ? 'No queue holds mail.'
        : 'No queue matches. A filter is a part of a name, or a pattern like example.com/* or */mta1.',
    );
    const more = $('queues-more');
    more.hidden = matching <= FIRST_ROWS;
    more.setAttribute('aria-expanded', String(this.#showAll));
    say(
      more,
      this.#showAll
        ? `${number(shown.length)} of ${number(matching)} shown. Show fewer`
        : `${number(shown.length)} of ${number(matching)} shown. Show ${number(Math.min(matching, MOST_ROWS) - shown.length)} more`,
    );
    if (this.#chosen) this.chosen(this.#chosen);
  }

  #row(q) {
    const [domain, vmta] = parts(q.name);
    const name = el(
      'button',
      { type: 'button', class: 'name', 'aria-haspopup': 'dialog', onclick: () => this.#open(q.name, name) },
      domain,
      el('span', { class: 'vmta' }, `/${vmta}`),
    );
    return el(
      'tr',
      {},
      el('td', {}, name, el('span', { class: 'only-narrow small' })),
      el('td'),
      el('td', { class: 'n' }),
      el('td', { class: 'n wide' }),
      el('td', { class: 'n wide' }),
      el('td', { class: 'mid when' }),
      el('td', { class: 'mid text' }),
    );
  }

  #update(row, q) {
    const cells = row.cells;
    const error = q.errors?.[0];
    const last = error ? `${clock(error.time, this.#now)}  ${error.text}` : '';
    say(cells[0].querySelector('.only-narrow'), last);
    chip(cells[1], chips(q));
    count(cells[2], q.rcp);
    say(cells[3], size(q.kb));
    count(cells[4], q.conn);
    show(
      cells[5],
      q.retryTime ?? '',
      q.retryTime ? [el('time', {}, clock(q.retryTime, this.#now))] : [el('span', { class: 'nothing' }, '–')],
    );
    show(
      cells[6],
      last,
      error
        ? [
            el(
              'span',
              { class: 'two', title: error.text },
              el('time', { class: 'origin' }, clock(error.time, this.#now)),
              '  ',
              error.text,
            ),
          ]
        : [],
    );
  }
}

/** The states of a queue as chips. */
export function chips(q) {
  const list = [];
  if (q.paused === 'yes') list.push(['paused', 'paused']);
  if (q.mode === 'backoff') list.push(['backoff', 'backoff']);
  if (list.length > 0) return list;
  if (q.conn > 0) return [['ok', 'moving']];
  return [['rest', q.rcp > 0 ? 'waits' : 'empty']];
}

/** `*` for anything, the rest as it stands; by hand, since an expression made of it could be slow. */
function glob(pattern) {
  const pieces = pattern.split('*');
  return (q) => {
    const name = q.name.toLowerCase();
    if (!name.startsWith(pieces[0])) return false;
    if (pieces.length === 1) return name === pattern;
    let at = pieces[0].length;
    for (const piece of pieces.slice(1, -1)) {
      const found = name.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    const last = pieces.at(-1);
    return name.length - last.length >= at && name.endsWith(last);
  };
}
