// What the facts mean: the verdict, and how much each provider hurts. Pure functions over what the server told.

import { clock, number, plural, seconds, span } from './words.js';

/** A reply of a remote server, as errors quote it. */
const REPLY = /(^|")[45]\d\d[ -]/;

/** How a provider is doing. `rank` sorts: the more, the worse. */
export function state(p) {
  const tried = p.delivered + p.deferred + p.bounced;
  // A single recipient may be refused or put off by the kindest receiver.
  if (p.rcp > 0 && p.delivered === 0 && tried >= (p.deferred > 0 ? 3 : 5))
    return { rank: 5, kind: 'refuses', word: 'refuses' };
  if (p.rcp > 0 && p.delivered === 0 && p.failing) {
    return { rank: 5, kind: 'refuses', word: REPLY.test(p.lastError) ? 'refuses' : 'unreachable' };
  }
  if (p.backoff > 0) return { rank: 4, kind: 'backoff', word: 'backoff' };
  if (p.paused > 0) return { rank: 3, kind: 'paused', word: 'paused' };
  if (p.rcp > 0 && p.deferred > 0 && (tried >= 10 || p.delivered === 0) && p.deferred * 5 >= tried)
    return { rank: 2, kind: 'slow', word: 'defers' };
  if (tried >= 10 && p.bounced * 10 >= tried) return { rank: 2, kind: 'slow', word: 'bounces' };
  if (p.rcp > 0 && p.delivered === 0) return { rank: 1, kind: 'rest', word: 'waits' };
  return { rank: 0, kind: p.delivered > 0 ? 'ok' : 'rest', word: p.delivered > 0 ? 'flows' : 'at rest' };
}

/** The worst first: by state, then by what waits, then by name. */
export function byPain(a, b) {
  return state(b).rank - state(a).rank || b.rcp - a.rcp || a.name.localeCompare(b.name);
}

/**
 * The answer to "does mail flow, and what is stuck".
 *
 * status: the server's own; providers: of the board; silentSince: server time in seconds since when nothing went out as
 * far as this page has seen, or 0.
 */
export function verdict(status, providers, silentSince) {
  const minute = status.traffic.lastMin.out.rcp;
  const waiting = status.queue.smtp.rcp;
  const troubled = providers.filter((p) => state(p).rank >= 2).sort(byPain);
  const stuck = troubled.filter((p) => state(p).rank >= 3 && p.rcp > 0);
  const more = stuck.length > 0 ? `${worst(stuck[0], status.timeNow)}${others(stuck)}` : '';
  if (status.shuttingDown) {
    return {
      tone: 'warn',
      text: 'The server is stopping.',
      more: 'What is in transit is finished or put back; nothing accepted is lost.',
    };
  }
  if (minute > 0) {
    const flows = `Mail flows: ${number(minute)} delivered in the last minute`;
    if (stuck.length > 0) return { tone: 'warn', text: `${flows}; ${whom(stuck)}.`, more };
    if (troubled.length > 0) {
      return {
        tone: 'ok',
        text: `${flows}.`,
        more: `${plural(troubled.length, 'provider')} ${troubled.length === 1 ? 'refuses' : 'refuse'} part of it: ${names(troubled)}.`,
      };
    }
    return {
      tone: 'ok',
      text: `${flows}.`,
      more:
        waiting > 0
          ? `${plural(waiting, 'recipient')} on the way or waiting; no provider holds mail back.`
          : 'Nothing waits.',
    };
  }
  if (waiting === 0) {
    const came = status.traffic.lastMin.in.rcp;
    return {
      tone: 'idle',
      text: 'Nothing waits and nothing moves.',
      more:
        came > 0
          ? `${number(came)} came in during the last minute and are settled.`
          : `No mail has come in for the last minute; ${number(status.traffic.lastHr.in.rcp)} came in the last hour.`,
    };
  }
  const silence = silentSince > 0 ? Math.max(60, seconds(status.timeNow) - silentSince) : 60;
  const nothing = `Nothing delivered for ${silence < 90 ? 'a minute' : span(silence)}`;
  if (stuck.length > 0) {
    const isPausedOnly = stuck.every((p) => state(p).kind === 'paused');
    return { tone: isPausedOnly ? 'warn' : 'bad', text: `${nothing}; ${whom(stuck)}.`, more };
  }
  return {
    tone: 'warn',
    text: `${nothing}; ${plural(waiting, 'recipient')} ${waiting === 1 ? 'waits' : 'wait'}.`,
    more: 'No provider refuses: the mail waits for its next attempt, or has just come in.',
  };
}

/** `3 providers refuse, 1 is paused`. */
function whom(stuck) {
  const groups = [
    ['refuses', 'refuses', 'refuse'],
    ['backoff', 'is in backoff', 'are in backoff'],
    ['paused', 'is paused', 'are paused'],
  ];
  const parts = [];
  for (const [kind, one, many] of groups) {
    const n = stuck.filter((p) => state(p).kind === kind).length;
    if (n > 0) parts.push(`${parts.length === 0 ? plural(n, 'provider') : number(n)} ${n === 1 ? one : many}`);
  }
  return parts.join(', ');
}

function worst(p, now) {
  const why = p.lastError || p.holding;
  const when = p.lastError && p.lastErrorTime ? ` (${clock(p.lastErrorTime, now)})` : '';
  return `${p.name}: ${number(p.rcp)} ${p.rcp === 1 ? 'waits' : 'wait'}${why ? ` – ${cut(why, 130)}${when}` : ''}`;
}

function others(stuck) {
  return stuck.length === 1 ? '' : `. Also ${names(stuck.slice(1))}.`;
}

function names(list) {
  const shown = list
    .slice(0, 3)
    .map((p) => p.name)
    .join(', ');
  return list.length > 3 ? `${shown} and ${list.length - 3} more` : shown;
}

export const cut = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** A trend against the usual minute of the last hour, in words; empty where there is nothing to compare. */
export function trend(minute, hour, upSeconds) {
  const minutes = Math.min(60, Math.floor(upSeconds / 60));
  if (minutes < 5 || hour === 0) return '';
  const usual = hour / minutes;
  if (minute === 0) return `usually ${number(usual)} a minute`;
  const ratio = minute / usual;
  if (ratio >= 0.9 && ratio <= 1.1) return `as in the last hour (${number(usual)} a minute)`;
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  return ratio > 2
    ? `${ratio.toFixed(1)} times the hour’s ${number(usual)} a minute`
    : `${percent} % ${ratio < 1 ? 'below' : 'above'} the hour’s ${number(usual)} a minute`;
}
