// The API's messages in English, by code: what is wrong or worth knowing, and what to do about it.
// Texts about a line or a cell follow its place ("Line 3, column Close: …"), so they begin in lower
// case.

import { capitalised } from '../../lib/format.js';

const COLUMNS = 'Date, Open, High, Low, Close, Volume';
const NOT_DAILY = 'The model only knows daily volumes, so these forecasts are not valid: send daily prices.';
const TRUST_LESS = 'values far outside the range of the training data: treat the forecast with caution.';

const subject = (ticker) => (ticker === null ? 'the file' : `'${ticker}'`);
const of = (ticker) => (ticker === null ? '' : ` of '${ticker}'`);
const calendar = (market) => `the exchange calendar that the model was trained with (${market})`;
const stop = (more) => (more ? '' : '.'); // an ellipsis ends the sentence
const split = (shares, before) => `${shares}-for-${before} split`;

// Each is a string or a function of the parameters.
//
// number, date   a number and a day, as the reader's language writes them
// list           the items of a list, and "…" if there are `more`
// quoted         a string from the file in quotation marks, or each string in a list
// one            picks the word that agrees with a count: one(count, 'row', 'rows')
export const EN = ({ number, date, list, quoted, one }) => {
  const found = (text) => (text ? quoted(text) : 'an empty cell');
  const counts = (pairs) => list(pairs.filter(([count]) => count > 0).map(([count, text]) => `${number(count)} ${text}`));
  const needsSessions = ({ ticker, needed, found: got }) => `${subject(ticker)} needs ${number(needed)} sessions and has ${number(got)}`;
  const notDaily = (like) => ({ ticker, sessions }) => `${capitalised(subject(ticker))} has a usable row only about every ${number(sessions)} sessions${like}. ${NOT_DAILY}`;
  const dropped = (reason) => ({ count, lines, more }) => `Dropped ${number(count)} ${one(count, 'row', 'rows')} ${reason}: ${one(count, 'line', 'lines')} ${list(lines.map(number), more)}${stop(more)}`;
  const ignored = (reason) => ({ count, columns, more }) => `Ignored ${number(count)} ${one(count, 'column', 'columns')} that ${reason}: ${list(columns.map(quoted), more)}${stop(more)}`;

  return {
    // The file
    file_empty: { text: 'the file is empty; expected a header line and one row per session', remedy: 'Export the prices again.' },
    file_compressed: { text: ({ format }) => `not a CSV: the file is compressed (${format})`, remedy: 'Unpack the file, then send the CSV in it.' },
    excel_workbook: {
      text: 'not a CSV: the file looks like an Excel workbook',
      remedy: 'In Excel, choose "Save as" and the type "CSV UTF-8", then send that file.',
    },
    not_csv: { text: ({ format }) => `not a CSV: the file looks like ${format}`, remedy: 'Send daily prices as a CSV.' },
    not_utf8: {
      text: ({ byte, line }) => `not UTF-8 text: byte ${byte} on line ${number(line)}`,
      remedy: 'In Excel, choose "Save as" and the type "CSV UTF-8"; in a text editor, choose the encoding UTF-8.',
    },
    nul_byte: { text: ({ line }) => `not a CSV: a NUL byte on line ${number(line)}; expected UTF-8 text`, remedy: 'Save the file as "CSV UTF-8".' },
    too_many_lines: {
      text: ({ lines, limit }) => `the file has ${number(lines)} lines; at most ${number(limit)} rows are allowed`,
      remedy: 'Delete blank lines, or send fewer sessions.',
    },
    too_many_rows: {
      text: ({ rows, limit }) => `the file has ${number(rows)} rows; at most ${number(limit)} are allowed`,
      remedy: 'Send fewer sessions or fewer tickers.',
    },
    too_many_tickers: {
      text: ({ tickers, limit }) => `the file has ${number(tickers)} tickers; at most ${number(limit)} are allowed`,
      remedy: 'Send the tickers in several files.',
    },
    no_rows: { text: 'the file has a header but no rows; expected one row per session', remedy: 'Export the prices again.' },
    no_usable_rows: {
      text: ({ empty, zero_volume: zero, contradictory }) => (
        `no usable rows are left: ${counts([
          [empty, 'without any price or volume'],
          [zero, 'with zero volume'],
          [contradictory, 'with Open or Close outside the Low-High range'],
        ])}`
      ),
      remedy: 'Export the prices again.',
    },

    // The header
    no_separator: {
      text: ({ line }) => `not a CSV: the first line, ${quoted(line)}, has neither commas nor semicolons; expected column names`,
      remedy: `Separate the columns with commas, and name them in the first line: ${COLUMNS}.`,
    },
    tabs: {
      text: 'the columns are separated by tabs; expected commas or semicolons',
      remedy: 'Copy the text of the file and paste it here with the button above, which accepts tabs.',
    },
    header_missing: {
      text: ({ line }) => `the first line, ${quoted(line)}, contains values; expected column names`,
      remedy: `Add a first line that names the columns: ${COLUMNS}.`,
    },
    header_not_first: {
      text: ({ header_line: header, line }) => `the column names are on line ${number(header)}, not in the first line, ${quoted(line)}`,
      remedy: 'Delete the lines above the column names.',
    },
    header_yfinance: {
      text: 'the file has the three header lines that yfinance writes; expected one',
      remedy: 'Download one ticker per file with multi_level_index=False. If the file has one ticker, you can also delete the second and third lines and rename Price to Date in the first.',
    },
    too_many_columns: {
      text: ({ columns, limit }) => `the header has ${number(columns)} columns; at most ${number(limit)} are allowed`,
      remedy: `Keep the columns ${COLUMNS}.`,
    },
    column_twice: { text: ({ name }) => `the header names ${quoted(name)} more than once`, remedy: 'Keep one of these columns.' },
    columns_equivalent: {
      text: ({ one: first, other }) => `${quoted(first)} and ${quoted(other)} mean the same thing`,
      remedy: 'Keep one of these columns.',
    },
    column_missing: {
      text: ({ needed, found: columns, more }) => `not in the header, which has ${list(columns.map(quoted), more)}; a price history needs ${list(needed)}`,
      remedy: 'Export daily prices with all of these columns; "What the file should look like" below shows an example.',
    },
    column_renamed: {
      text: ({ written }) => `not in the header, which has ${quoted(written)} instead`,
      remedy: ({ written, name }, all = [{ written, name }]) => `Rename ${one(all.length, 'this column', 'these columns')} in the first line: ${list(all.map((column) => `${column.written} → ${column.name}`))}.`,
    },
    window_columns_missing: {
      text: ({ count, columns, more, window, oldest, features, expected }) => `missing ${one(count, 'column', 'columns')} ${list(columns, more)} (${number(count)} in all); the model needs ${number(window)} sessions (t-${number(oldest)} to t-0) of ${list(features)}: ${number(expected)} columns`,
      remedy: 'Export the windows with the features of the model in use.',
    },

    // Lines
    field_count: {
      text: ({ expected, found: got }) => `expected ${number(expected)} fields as in the header, found ${number(got)}`,
      remedy: 'Correct the line, or delete it.',
    },
    field_count_decimal_comma: {
      text: ({ expected, found: got }) => `expected ${number(expected)} fields as in the header, found ${number(got)}; a decimal comma or thousands comma splits a number in two`,
      remedy: 'If the file has decimal commas, as exports from B3 and spreadsheets do, save it with semicolons between the columns, or write those numbers with decimal points.',
    },
    quote_unclosed: {
      text: 'a field starts with a quotation mark but doesn\'t end with one on the same line',
      remedy: 'Close the quotation mark, or delete it.',
    },
    line_too_long: {
      text: ({ characters, limit }) => `the line has ${number(characters)} characters; at most ${number(limit)} are allowed`,
      remedy: 'Check for a missing quotation mark or line break.',
    },
    field_too_long: { text: ({ limit }) => `a field is too long; at most ${number(limit)} characters are allowed`, remedy: 'Shorten the field.' },

    // Cells
    number_expected: {
      text: ({ found: cell }) => `expected a number such as 1234.56, found ${found(cell)}`,
      remedy: 'Write the number with digits and a decimal point.',
    },
    number_expected_decimal_comma: {
      text: ({ found: cell }) => `expected a number such as 1234,56 or 1.234.567 (the file's columns are separated by semicolons), found ${found(cell)}`,
      remedy: 'Write the number with digits and a decimal comma.',
    },
    number_missing: { text: ({ found: cell }) => `expected a number, found ${found(cell)}`, remedy: 'Fill in the cell.' },
    row_incomplete: { text: 'expected a number, found no value, although other cells in the row have one', remedy: 'Complete the row, or clear it.' },
    number_ambiguous: {
      text: ({ found: cell, thousands, decimal }) => `${quoted(cell)} is ambiguous: ${thousands} with a thousands separator, or ${decimal} with a decimal comma`,
      remedy: 'In a file with semicolons, write decimals with a comma and leave out thousands separators.',
    },
    number_too_large: { text: ({ found: cell }) => `the number ${quoted(cell)} is too large`, remedy: 'Correct the cell.' },
    number_currency: {
      text: ({ found: cell }) => `expected a number, found ${quoted(cell)} with a currency sign`,
      remedy: 'Write prices without the currency sign: 62.48, not $62.48.',
    },
    number_suffix: {
      text: ({ found: cell }) => `expected a number, found ${quoted(cell)} with a unit`,
      remedy: 'Write volumes out in full: 19700000, not 19.7M.',
    },
    number_thousands: {
      text: ({ found: cell }) => `expected a number, found ${quoted(cell)} with thousands separators`,
      remedy: 'Write numbers without thousands separators: 11518400, not 11,518,400. In a spreadsheet, format the column as plain numbers before you export.',
    },
    number_decimal_comma: {
      text: ({ found: cell }) => `expected a number such as 1234.56, found ${quoted(cell)} with a decimal comma`,
      remedy: 'Save the file with semicolons between the columns, or write decimals with a point.',
    },
    number_decimal_point: {
      text: ({ found: cell }) => `expected a number such as 1234,56, found ${quoted(cell)} with a decimal point`,
      remedy: 'Save the file with commas between the columns, or write decimals with a comma.',
    },
    date_expected: {
      text: ({ found: cell }) => `expected a date such as 2024-04-03, found ${found(cell)}`,
      remedy: 'Write dates as year-month-day, such as 2024-04-03.',
    },
    date_expected_day_first: {
      text: ({ found: cell }) => `expected a date such as 03/04/2024 (day first) or 2024-04-03, found ${found(cell)}`,
      remedy: 'Write dates as year-month-day, such as 2024-04-03.',
    },
    date_ambiguous: {
      text: ({ found: cell }) => `${quoted(cell)} could be day/month or month/day`,
      remedy: 'Write dates as 2024-04-03, or save the file with semicolons, which means day first.',
    },
    date_slashed: {
      text: ({ found: cell }) => `${quoted(cell)} isn't accepted, because other dates with slashes could be day/month or month/day`,
      remedy: ({ found: cell, iso }) => `Write dates as year-month-day: ${iso}, not ${cell}.`,
    },
    date_month_first: {
      text: ({ found: cell }) => `${quoted(cell)} has the month first`,
      remedy: ({ found: cell, iso }) => `Write dates as year-month-day: ${iso}, not ${cell}.`,
    },
    date_impossible: { text: ({ found: cell }) => `the date ${quoted(cell)} doesn't exist`, remedy: 'Correct the date.' },
    date_with_time: {
      text: ({ found: cell }) => `expected a date such as 2024-04-03, found ${quoted(cell)} with a time of day`,
      remedy: 'Leave the time out: write dates as year-month-day, such as 2024-04-03.',
    },
    rows_intraday: {
      text: ({ found: cell }) => `${quoted(cell)} is one of several rows for the same day; forecasts are made from daily prices`,
      remedy: 'Export the prices again with one row per day.',
    },
    date_in_future: {
      text: ({ date: day, today }) => `${day} is in the future (today is ${date(today)}, UTC); expected past sessions`,
      remedy: 'Correct the date, or delete the row.',
    },
    price_expected: {
      text: ({ found: value }) => `expected a price greater than 0, found ${number(value)}`,
      remedy: 'Correct the price, or clear the row.',
    },
    volume_expected: {
      text: ({ found: value }) => `expected a volume of 0 or more, found ${number(value)}`,
      remedy: 'Correct the volume, or clear the row.',
    },
    high_below_low: {
      text: ({ high, low }) => `High ${number(high)} is below Low ${number(low)}`,
      remedy: 'Check whether the High and Low columns are swapped in the export.',
    },
    session_twice: {
      text: ({ date: day, ticker, line }) => `the session ${day}${of(ticker)} is already on line ${number(line)}`,
      remedy: 'Keep one of the two rows. Joining two exports often repeats a session.',
    },
    ticker_length: {
      text: ({ limit, found: cell }) => `expected a ticker of 1 to ${number(limit)} characters, found ${found(cell)}`,
      remedy: 'Correct the ticker.',
    },
    window_not_ascending: { text: 'expected the sessions of a window in ascending order, with the session to forecast last', remedy: 'Sort the columns.' },

    // Tickers and splits
    too_few_sessions: {
      text: needsSessions,
      remedy: ({ missing, months }) => `Add at least ${number(missing)} earlier ${one(missing, 'session', 'sessions')}; about ${number(months)} months of daily prices are enough.`,
    },
    ticker_too_few_sessions: {
      text: needsSessions,
      remedy: ({ needed, months }) => `Send at least ${number(needed)} sessions of each ticker (about ${number(months)} months of daily prices), or leave out the tickers with fewer.`,
    },
    calendar_ends: {
      text: ({ ticker, date: end, market, first, last, horizon }) => `${subject(ticker)} ends on ${date(end)}; the model's exchange calendar (${market}) only covers ${date(first)} to ${date(last)}, and the ${number(horizon)} sessions to forecast must be within those dates`,
      remedy: ({ first, last, horizon }) => `Send prices that end after ${date(first)} and at least ${number(horizon)} sessions before ${date(last)}, or train a model on newer data.`,
    },
    too_many_splits: {
      text: ({ rows, limit }) => `on ${number(rows)} rows, the ratio of Close to 'Adj Close' changes as it would at a split; at most ${number(limit)} such rows are allowed`,
      remedy: 'Correct the "Adj Close" column, or leave it out.',
    },
    splits_overflow: {
      text: ({ splits }) => `'Adj Close' shows ${number(splits)} ${one(splits, 'split', 'splits')} whose combined ratio is too large or too small`,
      remedy: 'Correct the "Adj Close" column, or leave it out.',
    },

    // Warnings: reasons to treat the forecast with caution
    rows_sparse: { text: notDaily('') },
    rows_weekly: { text: notDaily(', like weekly data') },
    rows_monthly: { text: notDaily(', like monthly data') },
    rows_sparse_total: { text: ({ count }) => `In all, ${number(count)} tickers have no daily rows.` },
    history_outside_training: { text: ({ tickers, more, count, windows }) => `The last sessions of ${list(tickers.map(quoted), more)} (${number(count)} of ${number(windows)} tickers) have ${TRUST_LESS}` },
    file_outside_training: { text: `The last sessions of the file have ${TRUST_LESS}` },
    windows_outside_training: { text: ({ count, windows }) => `${number(count)} of ${number(windows)} rows ${one(count, 'has', 'have')} ${TRUST_LESS}` },
    dates_not_sessions: { text: ({ count, dates, market }) => `${number(count)} of the file's ${number(dates)} dates ${one(count, 'is not a session', 'are not sessions')} in ${calendar(market)}. If the data is from another exchange, holidays, half days and expiries may be wrong in the forecast: train a model for that exchange (README, "Your data and your market").` },
    dates_outside_calendar: { text: ({ count, dates, market, first, last }) => `${number(count)} of the file's ${number(dates)} dates ${one(count, 'is', 'are')} outside ${calendar(market)}, which covers ${date(first)} to ${date(last)}. ${one(count, 'It is', 'Each is')} treated as an average session.` },
    targets_outside_calendar: { text: ({ count, sessions, market, first, last }) => `${number(count)} of the ${number(sessions)} sessions to forecast ${one(count, 'is', 'are')} outside ${calendar(market)}, which covers ${date(first)} to ${date(last)}. ${one(count, 'It is', 'Each is')} treated as an average session.` },
    sessions_missing: { text: ({ ticker, count, sessions, market, dates, more }) => `The history${of(ticker)} lacks ${number(count)} of the ${number(sessions)} sessions in ${calendar(market)} between its first and last dates: ${list(dates.map(date), more)}${stop(more)} The others are treated as consecutive.` },
    sessions_missing_total: { text: ({ count, market }) => `In all, ${number(count)} tickers lack sessions that are in ${calendar(market)}.` },
    last_rows_dropped: { text: ({ ticker, last_date: last, last_read: read }) => `The forecast${of(ticker)} starts after ${date(last)}, the last date in the file, but that row was dropped; the last usable row is from ${date(read)}. To forecast from that date, delete the rows after it.` },
    last_rows_dropped_total: { text: ({ count }) => `In all, ${number(count)} tickers end with dropped rows.` },
    volumes_fractional: { text: 'Many of the volumes are not whole numbers, so they are probably in thousands or millions, or adjusted for splits. The forecasts are in the same unit.' },
    split_suspected: { text: ({ ticker, date: day, new: shares, old }) => `The price change${of(ticker)} on ${date(day)} looks like an unadjusted ${split(number(shares), number(old))}. Send adjusted prices, or add an "Adj Close" column that shows the split.` },
    splits_suspected_total: { text: ({ count }) => `In all, ${number(count)} price changes look like unadjusted splits.` },
    track_record_in_sample: { text: ({ ticker, count, sessions, test_from: start }) => `${number(count)} of the ${number(sessions)} sessions in the track record${of(ticker)} ${one(count, 'is', 'are')} before ${date(start)}, the start of the model's test period. If the model learned from ${one(count, 'it', 'them')}, the track record is too optimistic.` },

    // Notes: what was done with the file
    split_restated: { text: ({ ticker, date: day, new: shares, old, ratio }) => `Restated for the ${split(number(shares), number(old))}${of(ticker)} on ${date(day)}: earlier prices ${ratio > 1 ? 'divided' : 'multiplied'} and volumes ${ratio > 1 ? 'multiplied' : 'divided'} by ${number(Math.max(ratio, 1 / ratio))}.` },
    splits_restated_total: { text: ({ count }) => `In all, the history was restated for ${number(count)} splits.` },
    rows_dropped_empty: { text: dropped('without any price or volume') },
    rows_dropped_zero_volume: { text: dropped('with zero volume (no trading)') },
    rows_dropped_contradictory: { text: dropped('with Open or Close outside the Low-High range') },
    rows_sorted: { text: 'The rows were not sorted by ticker and date, so they were sorted.' },
    columns_ignored: { text: ignored('the forecast does not use') },
    window_columns_ignored: { text: ignored('the window does not use') },
    points_reduced: { text: ({ listed, points, limit }) => `Each ticker shows its last ${number(listed)} sessions instead of ${number(points)}, because a response includes at most ${number(limit)} past forecasts in all.` },
    track_record_impossible: { text: ({ ticker }) => `No track record${of(ticker)}: a volume is outside the possible range.` },

    // The request
    invalid_csv: { text: ({ count, or_more: orMore, listed }) => `${number(count)}${orMore ? ' or more' : ''} ${one(count, 'problem', 'problems')} in the CSV, of which ${number(listed)} are listed.` },
    nothing_sent: { text: 'The request has no file.', remedy: 'Send a CSV file.' },
    several_files: { text: ({ count }) => `The request has ${number(count)} files in one field.`, remedy: 'Send one file per request.' },
    body_broken: { text: 'The file arrived incomplete.', remedy: 'Send it again.' },
    parameter_invalid: {
      text: ({ name, found: value }) => `The query parameter ${quoted(name)} has the value ${quoted(value)}.`,
      remedy: ({ least, most }) => `Send it once, as a whole number from ${number(least)} to ${number(most)}.`,
    },
    parameter_unknown: {
      text: ({ name }) => `Unknown query parameter ${quoted(name)}.`,
      remedy: ({ supported }) => `Supported: ${list(supported)}.`,
    },
    host_unknown: { text: 'This server does not serve that host name.', remedy: 'Its operator can add the name to ALLOWED_HOSTS.' },
    address_unknown: { text: 'This address doesn\'t exist.', remedy: ({ addresses }) => `Available: ${list(addresses)}.` },
    method_not_allowed: { text: 'This address doesn\'t allow the request\'s method.', remedy: ({ allowed }) => `Allowed: ${list(allowed)}.` },
    not_acceptable: {
      text: ({ accept }) => `The Accept header allows only ${quoted(accept)}.`,
      remedy: ({ supported }) => `Supported: ${list(supported)}.`,
    },
    file_too_large: { text: ({ megabytes }) => `A file may be at most ${number(megabytes)} MB.`, remedy: 'Send fewer sessions or fewer tickers.' },
    content_type_wrong: { text: ({ found: type }) => `The file was sent as ${quoted(type)}.`, remedy: 'Send a CSV file.' },
    content_type_missing: { text: 'The request does not state its content type.', remedy: 'Send a CSV file.' },
    body_compressed: { text: ({ format }) => `The file is compressed (${format}).`, remedy: 'Unpack the file, then send the CSV in it.' },

    // The service
    no_model: {
      text: 'No model has been published yet. The first one will be loaded automatically.',
      remedy: 'Wait for the first training, or run "make train".',
    },
    model_refused: {
      text: 'The published model was refused, and there is no other model to use.',
      remedy: '"make versions" lists the models, and "make logs" shows the reason.',
    },
    overloaded: { text: 'Too many forecasts are being computed at once.', remedy: 'Send this file again in a few seconds.' },
    deadline_exceeded: {
      text: ({ seconds }) => `The forecast took longer than ${number(seconds)} ${one(seconds, 'second', 'seconds')} and was stopped.`,
      remedy: 'Send fewer sessions or fewer tickers, or try again when the server is less busy.',
    },
    internal_error: { text: 'Something went wrong on the server.', remedy: ({ request_id: id }) => `The server's log has the details under ${id}.` },
    http_error: { text: ({ status }) => `The request failed with status ${status}.` },
    request_unreadable: { text: 'The request is not valid HTTP.' },
    address_too_long: { text: 'The requested address is too long.' },
    headers_too_large: { text: 'The request headers are too large.' },
    too_many_requests: {
      text: ({ per_second: rate, at_once: most }) => `You requested more than ${number(rate)} ${one(rate, 'forecast', 'forecasts')} a second or ${number(most)} at once, or others are sending large files.`,
      remedy: 'Send this file again in a second.',
    },
    transfer_encoding_unknown: { text: 'The request\'s transfer encoding is not supported.', remedy: 'Send a Content-Length.' },
    connection_lost: { text: 'The forecaster closed the connection before it responded.', remedy: 'Send the file again.' },
    api_unavailable: { text: 'The forecaster isn\'t responding, or too many files are being sent at once.', remedy: 'Try again in a few seconds.' },
    api_too_slow: { text: 'The forecaster took too long to respond.', remedy: 'Send fewer sessions or fewer tickers.' },
    http_version_unknown: { text: 'The HTTP version is not supported.', remedy: 'Send the request as HTTP/1.1.' },
  };
};
