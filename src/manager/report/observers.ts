/** Tells everything that sessions report to several observers. */
import type { Observer } from './report.ts';

export function tellAll(...observers: readonly Observer[]): Observer {
  return {
    mailEnded: (report) => observers.forEach((each) => each.mailEnded(report)),
    sessionEnded: (session) => observers.forEach((each) => each.sessionEnded(session)),
    childFailed: (...told) => observers.forEach((each) => each.childFailed(...told)),
    shadowEnded: (...told) => observers.forEach((each) => each.shadowEnded(...told)),
    headerAdded: (...told) => observers.forEach((each) => each.headerAdded(...told)),
    warn: (...told) => observers.forEach((each) => each.warn(...told)),
  };
}
