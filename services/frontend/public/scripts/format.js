// Numbers, dates and durations in one locale's words. No DOM.

const MEGABYTE = 1024 * 1024; // as nginx counts client_max_body_size

export function createFormat(locale) {
  // Three digits always, so that the figures of a column are equally fine; a scale needs no 0.00.
  const digits = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  const short = new Intl.NumberFormat(locale, { notation: 'compact', ...digits });
  const long = new Intl.NumberFormat(locale, { notation: 'compact', compactDisplay: 'long', ...digits });
  const scale = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  // A session is a calendar day, not an instant: read and written in UTC it stays that day everywhere.
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const tickDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  const unit = (name) => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' });
  const seconds = unit('second');
  const minutes = unit('minute');
  const hours = unit('hour');

  return {
    short: (value) => short.format(value),
    long: (value) => long.format(value),
    scale: (value) => scale.format(value),
    whole: (value) => whole.format(value),
    percent: (fraction) => percent.format(fraction),
    fine: (value) => fine.format(value),
    range: (low, high) => `${short.format(low)}\u00a0– ${short.format(high)}`,
    session: (session) => day.format(new Date(session)),
    longSession: (session) => longDay.format(new Date(session)),
    tickSession: (session) => tickDay.format(new Date(session)),
    moment: (instant) => `${moment.format(new Date(instant))} UTC`,
    megabytes: (bytes) => fine.format(bytes / MEGABYTE),
    duration(count) {
      if (count < 90) return seconds.format(Math.max(1, Math.round(count)));
      if (count < 90 * 60) return minutes.format(Math.round(count / 60));
      return hours.format(Math.round(count / 3600));
    },
  };
}

export function isTooLarge(bytes, limitMegabytes) {
  return bytes > limitMegabytes * MEGABYTE;
}
