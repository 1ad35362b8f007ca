// What an operator may do: each act says first how much mail it concerns, and how the same is typed on a terminal.

import { command } from './net.js';
import { meant } from './queues.js';
import { el, plural, say, show, size } from './words.js';

const $ = (id) => document.getElementById(id);

const FOR = {
  '15m': 'for 15 minutes',
  '1h': 'for 1 hour',
  '4h': 'for 4 hours',
  '1d': 'for 1 day',
  '': 'until resumed',
};

/** title: of the question; then: what it means; words: the command; yes: the button. */
const ACTS = {
  pause: {
    label: 'Pause …',
    title: (of) => `Pause ${of}?`,
    yes: (time) => `Pause ${FOR[time]}`,
    then: 'No attempt is made meanwhile; new mail for it waits too. Transactions under way are finished. Mail that gets older than bounce-after still bounces.',
    words: (pattern, time) => ['pause', 'queue', ...(time ? [`--for=${time}`] : []), pattern],
  },
  resume: {
    label: 'Resume …',
    title: (of) => `Resume ${of}?`,
    yes: () => 'Resume',
    then: 'Its mail goes out again, as fast as its limits allow.',
    words: (pattern) => ['resume', 'queue', pattern],
  },
  backoff: {
    label: 'Backoff …',
    title: (of) => `Put ${of} into backoff mode?`,
    yes: () => 'Put into backoff',
    then: 'The backoff limits bind at once: fewer connections, a lower rate, longer retry times, as configured.',
    words: (pattern) => ['set', 'queue', '--mode=backoff', pattern],
  },
  normal: {
    label: 'Normal mode …',
    title: (of) => `Put ${of} back into normal mode?`,
    yes: () => 'Back to normal',
    then: 'The full limits bind at once. If the receiver still refuses, the rules put it back into backoff.',
    words: (pattern) => ['set', 'queue', '--mode=normal', pattern],
  },
  schedule: {
    label: 'Try now …',
    title: (of) => `Try ${of} now?`,
    yes: () => 'Try now',
    then: 'The queue’s retry time is cleared and an attempt is made at once. Limits, pauses and recipients’ own retry times stay.',
    words: (pattern) => ['schedule', pattern],
  },
};

export class Acts {
  #session;
  #done;
  #isStale = false;
  #now = null;
  #asked = 0;

  /** session(): role and token; done(text): a command was taken. */
  constructor(session, done) {
    this.#session = session;
    this.#done = done;
    $('ask-no').addEventListener('click', () => $('ask').close());
    $('ask').addEventListener('close', () => {
      this.#asked++;
      this.#now?.from?.focus();
      this.#now = null;
    });
    $('ask-for').addEventListener('change', () => this.#spell());
    $('ask-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#go();
    });
  }

  /** What is old must not be acted on. */
  stale(isStale) {
    this.#isStale = isStale;
    for (const button of document.querySelectorAll('button[data-act]')) button.disabled = isStale;
    $('ask-yes').disabled = isStale || !this.#now?.isCounted;
  }

  #mayAct = () => ['admin', 'operator'].includes(this.#session().role);

  /** The buttons for a queue. */
  forQueue(element, q) {
    this.#buttons(
      element,
      q.name,
      [
        q.paused === 'yes' ? 'resume' : 'pause',
        q.mode === 'backoff' ? 'normal' : 'backoff',
        ...(q.rcp > 0 && q.paused !== 'yes' ? ['schedule'] : []),
      ],
      '',
    );
  }

  /** The buttons for all that a pattern means. */
  forPattern(element, pattern) {
    this.#buttons(element, pattern, ['pause', 'resume', 'backoff', 'normal', 'schedule'], 'All that match:');
  }

  #buttons(element, pattern, acts, title) {
    const held = element.contains(document.activeElement) ? document.activeElement.dataset.act : '';
    if (!this.#mayAct()) {
      show(element, 'may look', [el('p', { class: 'nothing' }, `As ${this.#session().role} you may look, not act.`)]);
      return;
    }
    show(element, JSON.stringify([pattern, acts]), [
      title ? el('span', { class: 'aside' }, title) : null,
      ...acts.map((act) =>
        el(
          'button',
          {
            type: 'button',
            'data-act': act,
            'aria-haspopup': 'dialog',
            onclick: (event) => this.ask(act, pattern, event.currentTarget),
          },
          ACTS[act].label,
        ),
      ),
    ]);
    for (const button of element.querySelectorAll('button')) button.disabled = this.#isStale;
    if (held && !element.contains(document.activeElement))
      element.querySelector('button')?.focus({ preventScroll: true });
  }

  async ask(act, pattern, from) {
    const mine = ++this.#asked;
    this.#now = { act, pattern, from, isCounted: false };
    say($('ask-title'), ACTS[act].title(pattern));
    say($('ask-what'), 'Counting …');
    say($('ask-then'), ACTS[act].then);
    say($('ask-said'), '');
    $('ask-for').hidden = act !== 'pause';
    $('ask-for').querySelector('[value="1h"]').checked = true;
    $('ask-yes').disabled = true;
    this.#spell();
    $('ask').showModal();
    $('ask-no').focus();
    try {
      const found = await meant(pattern);
      if (mine !== this.#asked) return;
      const { list, rcp, kb, isCut } = found;
      if (list.length === 0) {
        say($('ask-what'), 'No queue matches now.');
        return;
      }
      say(
        $('ask-what'),
        `It concerns ${isCut ? 'at least ' : ''}${plural(rcp, 'waiting recipient')} (${size(kb)})${list.length === 1 && !isCut ? '' : ` in ${plural(list.length, 'queue')}`}.`,
      );
      this.#now.isCounted = true;
      $('ask-yes').disabled = this.#isStale;
      if (act === 'pause') $('ask-for').querySelector('input:checked').focus();
      else $('ask-yes').focus();
    } catch (refused) {
      if (mine === this.#asked) {
        say($('ask-what'), '');
        say($('ask-said'), `How much mail it concerns cannot be told: ${refused.message}`);
      }
    }
  }

  #time = () => (this.#now.act === 'pause' ? $('ask-for').querySelector('input:checked').value : '');

  #spell() {
    const { act, pattern } = this.#now;
    say($('ask-yes'), ACTS[act].yes(this.#time()));
    say(
      $('ask-same'),
      `sluice ${ACTS[act]
        .words(pattern, this.#time())
        .map((word) => (/^[\w./=@:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
        .join(' ')}`,
    );
  }

  async #go() {
    if (!this.#now?.isCounted || $('ask-yes').disabled) return;
    const mine = this.#asked;
    const { act, pattern } = this.#now;
    $('ask-yes').disabled = true;
    say($('ask-said'), '');
    try {
      const answer = await command(ACTS[act].words(pattern, this.#time()), this.#session().csrf);
      if (mine === this.#asked) $('ask').close();
      this.#done(`${pattern}: ${answer.message || 'done'}`);
    } catch (refused) {
      if (mine !== this.#asked) return;
      say($('ask-said'), refused.status === 403 ? `The server refused it: ${refused.message}` : refused.message);
      $('ask-yes').disabled = this.#isStale;
    }
  }
}
