// Owns how times are shown: the local time of an entry, and the day when it changes.

/** Formats times in the person's language and time zone. */
export class ClockFace {
  readonly #time: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  #shownDay: string;

  /** `now`: the moment from whose day on days are not said. `timeZone`: default, that of the machine. */
  constructor(locale: string, now: Date, timeZone?: string) {
    const zone = timeZone === undefined ? {} : { timeZone };
    this.#time = new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...zone,
    });
    this.#day = new Intl.DateTimeFormat(locale, { dateStyle: 'full', ...zone });
    this.#shownDay = this.#day.format(now);
  }

  time(ms: number): string {
    return this.#time.format(dateOf(ms));
  }

  /** The day of an entry, if it is not the day of what was shown last. */
  newDay(ms: number): string | undefined {
    const day = this.#day.format(dateOf(ms));
    if (day === this.#shownDay) return undefined;
    this.#shownDay = day;
    return day;
  }
}

/** The largest time that a Date can hold; a server may send anything. */
const TIME_MAX = 8.64e15;

/** Any number of milliseconds as a date that can be formatted. */
export function dateOf(ms: number): Date {
  return new Date(Math.min(ms, TIME_MAX));
}
