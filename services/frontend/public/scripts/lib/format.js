// Numbers, dates and durations in one locale's words. No DOM.

const MEGABYTE = 1024 * 1024; // as nginx counts client_max_body_size
const LEAST_COMPACT = 999.5; // what rounds to less is written whole
const MILLION_IN_THREE_DIGITS = 999_500; // from here on it is rounded to 1.00 million

export function createFormat(locale) {
  // Three digits always, so that the figures of a column are equally fine; a scale needs no 0.00.
  const digits = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
  const short = new Intl.NumberFormat(locale, { notation: 'compact', ...digits });
  const long = new Intl.NumberFormat(locale, { notation: 'compact', compactDisplay: 'long', ...digits });
  const scale = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const change = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  const finePercent = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
  // Below a thousand there are no shorter words, and no fractions of a share.
  const volume = (compact) => (value) => (Math.abs(value) < LEAST_COMPACT ? whole : compact).format(value);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 8 });
  const fine = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const ratio = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  // A session is a calendar day, not an instant: read and written in UTC it stays that day everywhere.
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const weekDay = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
  const tickDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const unit = (name) => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' });
  const seconds = unit('second');
  const minutes = unit('minute');
  const hours = unit('hour');

  return {
    short: volume(short),
    long: volume(long),
    scale: (value) => scale.format(value),
    whole: (value) => whole.format(value),
    number: (value) => number.format(value),
    percent: (fraction) => percent.format(fraction),
    change: (fraction) => change.format(fraction).replace('-', '−'), // a hyphen is small to see, and not read aloud
    finePercent: (fraction) => finePercent.format(fraction),
    fine: (value) => fine.format(value),
    ratio: (value) => ratio.format(value),
    range: (low, high) => `${volume(short)(low)}\u00a0– ${volume(short)(high)}`,
    session: (session) => day.format(new Date(session)),
    longSession: (session) => longDay.format(new Date(session)),
    weekSession: (session) => weekDay.format(new Date(session)),
    tickSession: (session) => tickDay.format(new Date(session)),
    moment: (instant) => moment.format(new Date(instant)),
    list: (texts) => list.format(texts),
    // The one of a text's forms, { one, other }, that agrees with the count, with the count in words and further values.
    counted: (count, forms, ...values) => (count === 1 ? forms.one : forms.other)(whole.format(count), ...values),
    megabytes: (bytes) => fine.format(bytes / MEGABYTE),
    duration(count) {
      if (count < 90) return seconds.format(Math.max(1, Math.round(count)));
      if (count < 90 * 60) return minutes.format(Math.round(count / 60));
      return hours.format(Math.round(count / 3600));
    },
  };
}

// Whether `long` says a volume in millions or more, which some languages join to their noun otherwise.
export function isInMillions(value) {
  return value >= MILLION_IN_THREE_DIGITS;
}

export function isTooLarge(bytes, limitMegabytes) {
  return bytes > limitMegabytes * MEGABYTE;
}
