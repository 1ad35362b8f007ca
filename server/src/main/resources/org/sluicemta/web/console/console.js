// The console's start: who is there, the stream of news, and which part of the page hears what.

import { Acts } from './acts.js';
import { Board } from './board.js';
import { Detail } from './detail.js';
import { Feed, ask, logIn, logOut, session as askSession } from './net.js';
import { Queues } from './queues.js';
import { el, say } from './words.js';

const $ = (id) => document.getElementById(id);

/** How long a notice stands. */
const NOTICE_MS = 6_000;

let session = { role: 'monitor', csrf: '' };
let lastNews = '';
let notice = 0;

const acts = new Acts(
  () => session,
  (text) => {
    tell(text);
    void detail.refresh(true);
  },
);
const detail = new Detail(
  (element, queue) => acts.forQueue(element, queue),
  () => queues.chosen(''),
);
const queues = new Queues(
  (name, from) => {
    queues.chosen(name);
    detail.open(name, from);
  },
  (element, pattern) => acts.forPattern(element, pattern),
);
const board = new Board((provider) => queues.find(provider.pattern ?? provider.name));
const feed = new Feed({
  news,
  live,
  stale,
  session: hold,
  lost: (refused) => gate(refused.status === 403 ? refused.message : 'Your session has ended. Log in again.'),
});

function hold(given) {
  session = given;
  say($('role'), given.role);
}

function tell(text, hasFailed = false) {
  clearTimeout(notice);
  $('notice').classList.toggle('failed', hasFailed);
  say($('notice'), text);
  notice = setTimeout(() => say($('notice'), ''), NOTICE_MS);
}

// ---- news

function news(name, answer) {
  const data = answer.data ?? answer;
  if (name === 'status') {
    lastNews = data.status.timeNow;
    queues.time(lastNews);
    detail.time(lastNews);
    board.status(data.mta, data.status);
    void providers();
    void detail.refresh();
    say($('live'), `live ${lastNews.slice(11)}`);
  } else if (name === 'queues') {
    queues.news(data);
  } else {
    board.providers(data.providers ?? []);
  }
}

let isAskingProviders = false;

async function providers() {
  if (isAskingProviders) return;
  isAskingProviders = true;
  try {
    const { data } = await ask('/providers');
    board.providers(data.providers ?? []);
  } catch {
    // The stream tells that the server is away; the next news ask again.
  } finally {
    isAskingProviders = false;
  }
}

function live() {
  document.body.classList.remove('is-stale');
  $('live').className = 'live';
  $('stale').hidden = true;
  acts.stale(false);
}

function stale(next) {
  acts.stale(true);
  if (!lastNews) {
    $('live').className = 'live connecting';
    say($('live'), 'connecting …');
    return;
  }
  document.body.classList.add('is-stale');
  $('live').className = 'live stale';
  say($('live'), `stale since ${lastNews.slice(11)}`);
  $('stale').hidden = false;
  // The alert is read out once; the countdown is not.
  say(
    $('stale-said'),
    `No news from the server since ${lastNews}. What you see is from then, and nothing can be done until it answers.`,
  );
  say($('again'), `Try now (next in ${next} s)`);
}

// ---- coming and going

function gate(text = '', isCalm = false) {
  feed.stop();
  if ($('ask').open) $('ask').close();
  detail.close();
  $('page').hidden = true;
  $('gate').hidden = false;
  lastNews = '';
  board.forget();
  queues.forget();
  document.title = 'Log in – Sluice';
  $('gate-said').classList.toggle('calm', isCalm);
  say($('gate-said'), text);
  $('password').value = '';
  $('password').focus();
}

function enter(given) {
  hold(given);
  $('gate').hidden = true;
  $('page').hidden = false;
  $('leave').hidden = given.hasLogout === false;
  say($('host'), given.host ?? '');
  say($('live'), 'connecting …');
  $('live').className = 'live connecting';
  feed.start();
}

$('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  $('enter').disabled = true;
  $('gate-said').classList.remove('calm');
  say($('gate-said'), '');
  let wait = 0;
  try {
    await logIn($('password').value);
    enter(await askSession());
    $('main').focus();
  } catch (refused) {
    wait = refused.retrySeconds;
    say($('gate-said'), refused.status === 401 ? 'That is not the password.' : refused.message);
    $('password').select();
    $('password').focus();
  }
  pauseLogIn(wait);
});

/** After wrong passwords the server looks at no other for a while: there is no use in pressing the button. */
function pauseLogIn(left) {
  $('enter').disabled = left > 0;
  say($('enter'), left > 0 ? `Log in (in ${left} s)` : 'Log in');
  if (left > 0) setTimeout(pauseLogIn, 1000, left - 1);
}

$('leave').addEventListener('click', async () => {
  try {
    await logOut(session.csrf);
    gate('You have logged out.', true);
  } catch (refused) {
    if (refused.status === 401) gate('You have logged out.', true);
    else tell(`Not logged out: ${refused.message}`, true);
  }
});

$('again').addEventListener('click', () => feed.retryNow());

async function start() {
  try {
    enter(await askSession());
  } catch (refused) {
    if (refused.status === 401) {
      gate('');
    } else {
      $('page').hidden = true;
      $('gate').hidden = false;
      $('gate-said').classList.remove('calm');
      $('gate-said').replaceChildren(el('span', {}, refused.message, ' '), el('a', { href: '' }, 'Try again'));
      for (const each of $('login').querySelectorAll('label, input, button, .hint')) each.hidden = true;
    }
  }
}

void start();
