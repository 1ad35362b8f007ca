// One queue: why its mail waits, what happened, what applies to it.

import { ask } from './net.js';
import { chip } from './board.js';
import { chips, parts } from './queues.js';
import { clock, el, number, plural, say, seconds, size, span } from './words.js';

const $ = (id) => document.getElementById(id);

export class Detail {
  #actions;
  #closed;
  #name = '';
  #from = null;
  #now = '';
  #asked = 0;
  #said = '';
  #isAsking = false;

  /** actions(element, queue): fill in what may be done; closed(). */
  constructor(actions, closed) {
    this.#actions = actions;
    this.#closed = closed;
    $('detail-close').addEventListener('click', () => this.close());
    $('detail').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        event.preventDefault();
        this.close();
      }
    });
  }

  get name() {
    return this.#name;
  }

  open(name, from) {
    this.#name = name;
    this.#from = from;
    this.#said = '';
    this.#isAsking = false;
    this.#asked++;
    const [domain, vmta] = parts(name);
    $('detail-title').replaceChildren(el('span', {}, domain), el('span', { class: 'origin' }, `/${vmta}`));
    $('detail-body').replaceChildren(el('p', { class: 'nothing' }, 'Asking the server …'));
    if (!$('detail').open) $('detail').show();
    $('detail').scrollTop = 0;
    $('detail-title').focus();
    void this.refresh(true);
  }

  close() {
    if (!this.#name) return;
    this.#name = '';
    this.#asked++;
    $('detail').close();
    this.#closed();
    if (this.#from?.isConnected) this.#from.focus();
    else $('queues-title').closest('section').querySelector('input').focus();
  }

  time(now) {
    this.#now = now;
  }

  /** Asks again; what is unchanged stays in its place. */
  async refresh(isNow = false) {
    if (!this.#name || (this.#isAsking && !isNow)) return;
    this.#isAsking = true;
    const mine = this.#asked;
    try {
      const { data } = await ask('/queueDetail', { queue: this.#name });
      if (mine === this.#asked) this.#draw(normal(data, this.#name));
    } catch (refused) {
      if (mine === this.#asked && refused.status !== 0 && this.#said === '')
        $('detail-body').replaceChildren(el('p', { class: 'said' }, refused.message));
    } finally {
      if (mine === this.#asked) this.#isAsking = false;
    }
  }

  #draw(q) {
    const said = JSON.stringify([q, this.#now.slice(0, 10)]);
    if (said === this.#said) return;
    const body = $('detail-body');
    const isFirst = this.#said === '';
    this.#said = said;
    if (isFirst) {
      body.replaceChildren(
        el('p', { class: 'lead', id: 'd-why' }),
        el('dl', { class: 'facts', id: 'd-facts' }),
        el('div', { class: 'acts', id: 'd-acts', role: 'group', 'aria-label': 'What may be done' }),
        el('div', { id: 'd-more' }),
      );
    }
    say($('d-why'), why(q));
    $('d-facts').replaceChildren(...this.#facts(q));
    this.#actions($('d-acts'), q);
    const open = new Set([...body.querySelectorAll('details[open]')].map((each) => each.id));
    const focus = body.querySelector('#d-more')?.contains(document.activeElement)
      ? document.activeElement.closest('details')?.id
      : '';
    $('d-more').replaceChildren(
      ...notes('Last errors', q.errors, this.#now, 'No error is remembered.'),
      ...this.#events(q.recipientEvents),
      ...notes('Changes of mode', q.modeEvents, this.#now, 'It has stayed in normal mode.'),
      ...sources(q.sources, this.#now),
      ...limits(q.limits),
      ...settings('d-queue', 'Queue settings', q.queueSettings, open),
      ...settings('d-vmta', 'Virtual MTA settings', q.vmtaSettings, open),
    );
    if (focus) document.getElementById(focus)?.querySelector('summary').focus({ preventScroll: true });
  }

  #facts(q) {
    const state = el('dd');
    chip(state, chips(q));
    const facts = [
      ['State', state],
      ['Waiting', `${plural(q.rcp, 'recipient')}, ${size(q.kb)}`],
      ['Connections', number(q.conn)],
    ];
    const parts = [
      [q.ready, 'ready'],
      [q.putOff, 'put off'],
      [q.beingDelivered, 'being delivered'],
    ]
      .filter(([n]) => n > 0)
      .map(([n, what]) => `${number(n)} ${what}`);
    if (parts.length > 0) facts[1][1] += ` (${parts.join(', ')})`;
    const next = q.earliestAttempt || q.retryTime;
    const away = seconds(next) - seconds(this.#now);
    facts.push([
      'Next attempt',
      q.paused === 'yes'
        ? `when it is resumed${q.pausedUntil ? `, at the latest ${clock(q.pausedUntil, this.#now)}` : ''}`
        : q.rcp === 0
          ? 'there is no mail'
          : next && away > 0
            ? `${clock(next, this.#now)} (in ${span(away)})`
            : 'as soon as it can',
    ]);
    if (q.mode === 'backoff')
      facts.push([
        'Backoff',
        [
          q.modeReason,
          q.modeUntil ? `until ${clock(q.modeUntil, this.#now)}` : 'until a delivery, a rule or an operator ends it',
        ]
          .filter(Boolean)
          .join(', '),
      ]);
    if (q.failures > 0) facts.push(['Last failure', `${q.lastFailure} (${number(q.failures)} in a row)`]);
    return facts.flatMap(([name, value]) => [el('dt', {}, name), value instanceof Node ? value : el('dd', {}, value)]);
  }

  #events(list) {
    const title = el('h3', {}, 'Recipients lately');
    if (!list.length) return [];
    const kinds = { delivered: 'ok', deferred: 'slow', bounced: 'refuses' };
    return [
      title,
      el(
        'table',
        { 'aria-label': 'Recipients lately' },
        el(
          'thead',
          {},
          el('tr', {}, ...['When', 'What', 'Recipient and reply'].map((name) => el('th', { scope: 'col' }, name))),
        ),
        el(
          'tbody',
          {},
          list.map((e) => {
            const kind = el('td');
            chip(kind, [[kinds[e.type] ?? 'rest', e.type]]);
            return el(
              'tr',
              {},
              el('td', { class: 'when' }, clock(e.time, this.#now)),
              kind,
              el('td', {}, e.rcpt, el('span', { class: 'small' }, [e.host, e.dsnDiag].filter(Boolean).join('  '))),
            );
          }),
        ),
      ),
    ];
  }
}

/** What the answer lacks is empty here. */
function normal({ queue = {} }, name) {
  return {
    name,
    rcp: 0,
    kb: 0,
    conn: 0,
    paused: 'no',
    mode: 'normal',
    retryTime: '',
    modeReason: '',
    modeUntil: '',
    pausedUntil: '',
    reason: null,
    earliestAttempt: '',
    failures: 0,
    lastFailure: '',
    ready: 0,
    putOff: 0,
    beingDelivered: 0,
    errors: [],
    modeEvents: [],
    sources: [],
    limits: [],
    recipientEvents: [],
    queueSettings: [],
    vmtaSettings: [],
    ...queue,
  };
}

function why(q) {
  if (q.reason?.text) {
    const text = q.reason.text.charAt(0).toUpperCase() + q.reason.text.slice(1);
    return q.reason.origin ? `${text} (${q.reason.directive}, ${q.reason.origin})` : text;
  }
  if (q.rcp === 0) return 'No mail waits in it';
  return q.conn > 0 ? 'Its mail is going out' : 'Nothing holds it back';
}

function notes(title, list, now, none) {
  return [
    el('h3', {}, title),
    list.length === 0
      ? el('p', { class: 'nothing' }, none)
      : el(
          'ul',
          { class: 'notes' },
          list.map((note) =>
            el('li', {}, el('time', {}, clock(note.time, now)), el('span', { class: 'mono' }, note.text)),
          ),
        ),
  ];
}

function sources(list, now) {
  const off = list.filter((each) => each.disabled);
  if (off.length === 0) return [];
  return [
    el('h3', {}, 'Disabled source addresses'),
    el(
      'ul',
      { class: 'notes' },
      off.map((each) =>
        el(
          'li',
          {},
          el('time', {}, each.address),
          el(
            'span',
            {},
            `${each.reason ?? ''}${each.until ? `, until ${clock(each.until, now)}` : ', until somebody enables it'}`,
          ),
        ),
      ),
    ),
  ];
}

function limits(list) {
  if (list.length === 0) return [];
  return [
    el('h3', {}, 'Limits that apply'),
    el(
      'table',
      { 'aria-label': 'Limits that apply' },
      el(
        'thead',
        {},
        el('tr', {}, ...['Limit', 'Value', 'Where it is set'].map((name) => el('th', { scope: 'col' }, name))),
      ),
      el(
        'tbody',
        {},
        list.map((each) =>
          el(
            'tr',
            {},
            el(
              'td',
              { class: each.binds ? 'binds' : null },
              each.directive,
              el('span', { class: 'small' }, each.level),
            ),
            el(
              'td',
              {},
              each.value,
              each.use || each.binds
                ? el('span', { class: 'small' }, [each.use, each.binds ? 'binds now' : ''].filter(Boolean).join(', '))
                : null,
            ),
            el(
              'td',
              { class: 'origin mono' },
              each.origin,
              each.overrode?.length
                ? el('span', { class: 'small' }, `overrode ${each.overrode.map((one) => one.text).join(', ')}`)
                : null,
            ),
          ),
        ),
      ),
    ),
  ];
}

function settings(id, title, list, open) {
  if (list.length === 0) return [];
  const own = list.filter((each) => !each.builtIn).length;
  return [
    el(
      'details',
      { id, open: open.has(id) },
      el('summary', {}, `${title}: ${number(own)} set, ${number(list.length - own)} built in`),
      el(
        'table',
        { 'aria-label': title },
        el(
          'thead',
          {},
          el('tr', {}, ...['Directive', 'Value', 'Where it is set'].map((name) => el('th', { scope: 'col' }, name))),
        ),
        el(
          'tbody',
          {},
          [...list]
            .sort((a, b) => Number(a.builtIn) - Number(b.builtIn))
            .map((each) =>
              el(
                'tr',
                {},
                el('td', {}, each.name),
                el('td', { class: 'mono' }, each.value === '' ? '""' : each.value),
                el(
                  'td',
                  { class: 'origin mono' },
                  each.builtIn ? 'built in' : `${each.file}:${each.line}`,
                  each.scope ? el('span', { class: 'small' }, each.scope) : null,
                ),
              ),
            ),
        ),
      ),
    ),
  ];
}
