// Numbers, dates and durations in one locale. No DOM.

const MEGABYTE = 1024 * 1024; // as nginx counts client_max_body_size
const MIN_COMPACT = 999.5; // smaller volumes are written as whole numbers
const MILLION_IN_THREE_DIGITS = 999_500; // from here on, a volume is rounded to 1.00 million

export function createFormat(locale) {
  return { ...numbers(locale), ...dates(locale), ...durations(locale), ...texts(locale) };
}

function numbers(locale) {
  const writer = (options) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value) => format.format(value);
  };
  const exact = (count) => ({ minimumSignificantDigits: count, maximumSignificantDigits: count });
  // Always three digits: the numbers of a column have the same precision.
  const compact = { notation: 'compact', ...exact(3) };
  const percent = { style: 'percent', maximumFractionDigits: 0 };
  const whole = writer({ maximumFractionDigits: 0 });
  const fine = writer({ maximumSignificantDigits: 3 });
  // Below a thousand, a volume is a whole number of shares.
  const volume = (write) => (value) => (Math.abs(value) < MIN_COMPACT ? whole : write)(value);
  const short = volume(writer(compact));
  const change = writer({ ...percent, signDisplay: 'exceptZero' });
  const fineChange = writer({ ...percent, minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  // `count` times `unit`, a power of ten, with all digits down to the unit.
  const amount = (count, unit) => (
    writer({ notation: 'compact', ...exact(String(Math.abs(count)).length) })(count * unit)
  );
  return {
    short,
    long: volume(writer({ ...compact, compactDisplay: 'long' })),
    scale: writer({ notation: 'compact', maximumSignificantDigits: 3 }), // an axis needs no 0.00
    whole,
    fine,
    number: writer({ maximumFractionDigits: 8 }),
    ratio: writer({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
    percent: writer(percent),
    finePercent: writer({ ...percent, minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    amount,
    amountChange: (count, unit) => (
      (count < 0 ? '−' : count > 0 ? '+' : '') + amount(Math.abs(count), unit)
    ),
    change: (fraction) => change(fraction).replace('-', '−'), // screen readers skip a hyphen
    fineChange: (fraction) => fineChange(fraction).replace('-', '−'),
    range: (low, high) => `${short(low)}\u00a0– ${short(high)}`,
    megabytes: (bytes) => fine(bytes / MEGABYTE),
  };
}

// A session is a calendar day, not an instant: in UTC it is the same day everywhere.
function dates(locale) {
  const writer = (options) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (date) => format.format(new Date(date));
  };
  const day = { day: 'numeric', month: 'short', timeZone: 'UTC' };
  const long = { ...day, weekday: 'long', month: 'long', year: 'numeric' };
  const instant = { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric' };
  return {
    session: writer({ dateStyle: 'medium', timeZone: 'UTC' }),
    longSession: writer(long),
    weekSession: writer({ ...day, weekday: 'short' }),
    tickSession: writer(day),
    month: writer({ month: 'long', year: 'numeric', timeZone: 'UTC' }), // of '2013-03'
    opening: writer({ weekday: 'short', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' }),
    moment: writer({ ...instant, minute: '2-digit', timeZoneName: 'short' }),
  };
}

function durations(locale) {
  const write = (unit, count) => (
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  );
  return {
    duration(seconds) {
      if (seconds < 90) return write('second', Math.max(1, Math.round(seconds)));
      if (seconds < 90 * 60) return write('minute', Math.round(seconds / 60));
      return write('hour', Math.round(seconds / 3600));
    },
  };
}

function texts(locale) {
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  return {
    list: (items) => list.format(items),
    // Picks the form of a text, { one, other }, for the count, and fills in the count and other
    // values.
    counted: (count, { one, other }, ...values) => (
      (count === 1 ? one : other)(whole.format(count), ...values)
    ),
  };
}

export function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Whether `long` writes a volume in millions or more: some languages then need a preposition.
export function isInMillions(value) {
  return value >= MILLION_IN_THREE_DIGITS;
}

export function isTooLarge(bytes, limitMegabytes) {
  return bytes > limitMegabytes * MEGABYTE;
}
