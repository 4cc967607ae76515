// The API's messages in English, by code: what is wrong or worth knowing, and what to do about it.
// Texts about a line or a cell follow its place ("Line 3, column Close: …"), so they begin in lower
// case.

import { capitalised } from '../../lib/format.js';
import { REQUESTS_EN } from './requests_en.js';

const COLUMNS = 'Date, Open, High, Low, Close, Volume';
const NOT_DAILY = 'The model only knows daily volumes, so these forecasts are not valid: send daily prices.';
const TRUST_LESS = 'values far outside the range of the training data: treat the forecast with caution.';

const subject = (ticker) => (ticker === null ? 'the file' : `'${ticker}'`);
const of = (ticker) => (ticker === null ? '' : ` of '${ticker}'`);
const calendar = (market) => `the exchange calendar of ${market}`;
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
    file_compressed: { text: ({ format }) => `the file is compressed (${format})`, remedy: 'Unpack the file, then send the CSV in it.' },
    archive_broken: { text: 'the file is damaged, or protected with a password', remedy: 'Save the file again without a password, or send a CSV.' },
    archive_too_large: {
      text: ({ limit }) => `the file contains more than ${number(limit)} MB once it is unpacked`,
      remedy: 'Send fewer sessions or fewer tickers, or a CSV.',
    },
    archive_of_several: {
      text: ({ count }) => `the ZIP file contains ${number(count)} ${one(count, 'CSV file', 'CSV files')}; expected one`,
      remedy: 'Unpack the ZIP file, then send the files in it one by one.',
    },
    parquet_codec: {
      text: ({ codec }) => `the Parquet file is compressed with ${codec}; expected snappy or no compression`,
      remedy: 'Write it with snappy, or send a CSV.',
    },
    sheet_unknown: {
      text: ({ found: name, sheets }) => `the workbook has no sheet named ${quoted(name)}; its sheets are ${list(sheets.map(quoted))}`,
      remedy: 'Choose one of them.',
    },
    workbook_unreadable: {
      text: "the file looks like a workbook, but it can't be read",
      remedy: 'Save it as "CSV UTF-8" or as a new workbook (.xlsx), then send that file.',
    },
    not_a_table: { text: ({ format }) => `not a table: the file looks like ${format}`, remedy: 'Send daily prices as a CSV or a workbook.' },
    not_utf8: {
      text: ({ byte, line }) => `not UTF-8 text: byte ${byte} on line ${number(line)}`,
      remedy: 'In Excel, choose "Save as" and the type "CSV UTF-8"; in a text editor, choose the encoding UTF-8.',
    },
    nul_byte: { text: ({ line }) => `not text: a NUL byte on line ${number(line)}; expected UTF-8 text`, remedy: 'Save the file as "CSV UTF-8".' },
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
    no_finished_session: {
      text: ({ date: day }) => `no session in the file has ended yet; the first one is that of ${date(day)}`,
      remedy: 'Send the prices of past sessions.',
    },
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
    tick_volumes_only: {
      text: ({ column }) => `the file has no traded volumes, only ${quoted(column)}, which counts trades or price changes`,
      remedy: 'Export a symbol of an exchange, with real volumes; platforms for currencies and contracts for difference often have tick volumes only.',
    },
    one_day_of_many: {
      text: ({ date: day, tickers }) => `the file has one day, ${date(day)}, of ${number(tickers)} tickers; a forecast needs the earlier sessions of each ticker`,
      remedy: 'Export the history of each ticker, or join the files of all days.',
    },

    // The header
    no_separator: {
      text: ({ line }) => `not a table: the first line, ${quoted(line)}, has no commas, semicolons or tabs; expected column names`,
      remedy: `Separate the columns with commas, and name them in the first line: ${COLUMNS}.`,
    },
    header_missing: {
      text: ({ line }) => `the first line, ${quoted(line)}, contains values; expected column names`,
      remedy: `Add a first line that names the columns: ${COLUMNS}.`,
    },
    too_many_columns: {
      text: ({ columns, limit }) => `the header has ${number(columns)} columns; at most ${number(limit)} are allowed`,
      remedy: `Keep the columns ${COLUMNS}.`,
    },
    column_twice: { text: ({ name }) => `the header names ${quoted(name)} more than once`, remedy: 'Keep one of these columns.' },
    column_unknown: { text: ({ name, found: names }) => `no column is named ${quoted(name)}; found ${list(names.map(quoted))}`, remedy: "Choose one of the file's columns." },
    header_changes: { text: ({ names }) => `other column names start here: ${list(names.map(quoted))}; the columns above have a different order`, remedy: 'Send the two tables as separate files.' },
    column_missing: {
      text: ({ needed, found: columns, more }) => `not in the header, which has ${list(columns.map(quoted), more)}; a price history needs ${list(needed)}`,
      remedy: 'Export daily prices with all of these columns; "What the file should look like" below shows an example.',
    },
    window_columns_missing: {
      text: ({ count, columns, more, window, oldest, features, expected }) => `missing ${one(count, 'column', 'columns')} ${list(columns, more)} (${number(count)} in all); the model needs ${number(window)} sessions (t-${number(oldest)} to t-0) of ${list(features)}: ${number(expected)} columns`,
      remedy: 'Export the windows with the features of the model in use.',
    },
    windows_without_inputs: {
      text: ({ count, columns, more }) => `missing ${one(count, 'column', 'columns')} ${list(columns, more)} (${number(count)} in all): the windows don't have the inputs of the model in use, as if made for an earlier version`,
      remedy: "Send the price history instead, or make the windows again: 'make train' writes some to data/processed/test_for_api.csv.",
    },

    // Doubts: what the file leaves open; the page shows a button for each choice
    encoding_unknown: {
      text: ({ encoding, byte, line }) => `not ${encoding} text: byte ${byte} on line ${number(line)}`,
      remedy: 'Send the file again without this choice, or choose another encoding.',
    },
    dates_unclear: {
      text: ({ found: cells }) => `the dates, such as ${list(cells.map(quoted))}, can be read in several orders`,
      remedy: 'Choose how to read the dates.',
    },
    decimals_unclear: {
      text: ({ found: cells }) => `the numbers, such as ${list(cells.map(quoted))}, could have decimals or thousands separators`,
      remedy: 'Choose how to read the numbers.',
    },
    volume_unclear: {
      text: ({ columns }) => `the traded shares could be in ${columns.map(quoted).join(' or ')}`,
      remedy: 'Choose the column with the number of traded shares.',
    },
    volume_unit_unclear: {
      text: ({ found: cells }) => `the volumes, such as ${list(cells.map(quoted))}, could be in shares or in lots: the traded money fits neither, because prices are adjusted or the money has another unit`,
      remedy: 'Choose what the volumes count.',
    },
    volume_note_unknown: {
      text: ({ column, found: cells }) => `the note in the column's name, ${quoted(column)}, is not a known unit, so the volumes, such as ${list(cells.map(quoted))}, could be in shares, lots, thousands or millions`,
      remedy: 'Choose what the volumes count.',
    },
    volume_is_money: {
      text: 'the column contains traded money; expected the number of traded shares',
      remedy: 'Export the number of traded shares, too.',
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
      text: ({ found: cell }) => `expected a number such as 1234,56 or 1.234.567, found ${found(cell)}`,
      remedy: 'Write the number with digits and a decimal comma.',
    },
    number_missing: { text: ({ found: cell }) => `expected a number, found ${found(cell)}`, remedy: 'Fill in the cell.' },
    row_incomplete: { text: 'expected a number, found no value, although other cells in the row have one', remedy: 'Complete the row, or clear it.' },
    number_too_large: { text: ({ found: cell }) => `the number ${quoted(cell)} is too large`, remedy: 'Correct the cell.' },
    number_decimal_comma: {
      text: ({ found: cell }) => `expected a number such as 1234.56, found ${quoted(cell)} with a decimal comma`,
      remedy: 'Write all decimals in the same way.',
    },
    number_decimal_point: {
      text: ({ found: cell }) => `expected a number such as 1234,56, found ${quoted(cell)} with a decimal point`,
      remedy: 'Write all decimals in the same way.',
    },
    date_expected: {
      text: ({ example, found: cell }) => `expected a date such as ${example}, found ${found(cell)}`,
      remedy: 'Write all dates in the same way.',
    },
    date_impossible: { text: ({ found: cell }) => `the date ${quoted(cell)} doesn't exist`, remedy: 'Correct the date.' },
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
    outside_range: { text: ({ open, high, low, close }) => `Open ${number(open)} or Close ${number(close)} is outside the range from Low ${number(low)} to High ${number(high)}`, remedy: 'Export the prices again: all of them adjusted for dividends and splits, or none.' },
    sessions_repeated: { text: ({ count, date: day, line, second }) => `${number(count)} ${one(count, 'row repeats', 'rows repeat')} a session, for example ${date(day)} on lines ${number(line)} and ${number(second)}, and no column names tickers`, remedy: 'If the file has several tickers, add a column Ticker, or send each ticker in its own file.' },
    session_twice: {
      text: ({ date: day, ticker, line }) => `the session ${day}${of(ticker)} is already on line ${number(line)}`,
      remedy: 'Keep one of the two rows, or add a column Ticker if they are of two tickers. Joining two exports often repeats a session.',
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
    market_unknown: {
      text: ({ found: name, supported }) => `the model has no calendar of the market ${quoted(name)}; supported: ${list(supported)}`,
      remedy: 'Choose one of these markets.',
    },
    calendar_ends: {
      text: ({ ticker, date: end, market, first, last, horizon }) => `${subject(ticker)} ends on ${date(end)}; ${calendar(market)} only covers ${date(first)} to ${date(last)}, and the ${number(horizon)} sessions to forecast must be within those dates`,
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
    market_other: { text: ({ market, trained }) => `The sessions and holidays of ${market} were used. The model learned the effects of holidays, half days and expiries from data of ${list(trained)}.` },
    dates_not_sessions: { text: ({ count, dates, market }) => `${number(count)} of the file's ${number(dates)} dates ${one(count, 'is not a session', 'are not sessions')} in ${calendar(market)}. If the data is from another exchange, holidays, half days and expiries may be wrong in the forecast: choose the exchange in "How this file was read", or train a model for it (README, "Your data and your market").` },
    dates_outside_calendar: { text: ({ count, dates, market, first, last }) => `${number(count)} of the file's ${number(dates)} dates ${one(count, 'is', 'are')} outside ${calendar(market)}, which covers ${date(first)} to ${date(last)}. ${one(count, 'It is', 'Each is')} treated as an average session.` },
    targets_outside_calendar: { text: ({ count, sessions, market, first, last }) => `${number(count)} of the ${number(sessions)} sessions to forecast ${one(count, 'is', 'are')} outside ${calendar(market)}, which covers ${date(first)} to ${date(last)}. ${one(count, 'It is', 'Each is')} treated as an average session.` },
    sessions_missing: { text: ({ ticker, count, sessions, market, dates, more }) => `The history${of(ticker)} lacks ${number(count)} of the ${number(sessions)} sessions in ${calendar(market)} between its first and last dates: ${list(dates.map(date), more)}${stop(more)} The others are treated as consecutive.` },
    sessions_missing_total: { text: ({ count, market }) => `In all, ${number(count)} tickers lack sessions of ${calendar(market)}.` },
    session_unfinished: { text: ({ date: day, count, closed }) => `Left out ${number(count)} ${one(count, 'row', 'rows')} from ${date(day)} on: that session has not ended yet, so its volume is incomplete (the last session that has ended is that of ${date(closed)} or an earlier one). The forecast starts there.` },
    last_time_differs: { text: ({ count, lines, more }) => `${number(count)} last ${one(count, 'row has', 'rows have')} another time of day than the rows above (${one(count, 'line', 'lines')} ${list(lines.map(number), more)}). If that session had not ended yet, delete the row.` },
    quotes_left_out: { text: ({ count, lines, more }) => `Left out ${number(count)} last ${one(count, 'row', 'rows')} with a time of day, unlike the rows above: that is the latest quote, whose volume is that of an unfinished session (${one(count, 'line', 'lines')} ${list(lines.map(number), more)}). The forecast starts there.` },
    last_volume_small: { text: ({ count, tickers, more }) => `The last volume of ${number(count)} ${one(count, 'ticker', 'tickers')} is less than a seventh of what is usual: ${list(tickers.map(quoted), more)}${stop(more)} The session may be unfinished, or the file cut off. If the volume is wrong, so is the forecast.` },
    file_last_volume_small: { text: 'The last volume of the file is less than a seventh of what is usual. The session may be unfinished, or the file cut off. If the volume is wrong, so is the forecast.' },
    file_cut_off: { text: 'The last line of the file has no line end, and its volume has fewer digits than usual, so the file may be cut off. If the volume is wrong, so is the forecast.' },
    tickers_end_early: { text: ({ count, tickers, more }) => `${number(count)} ${one(count, 'ticker ends', 'tickers end')} before the others: ${list(tickers.map(quoted), more)}${stop(more)} Their forecasts are for earlier sessions.` },
    last_rows_dropped: { text: ({ ticker, last_date: last, last_read: read }) => `The forecast${of(ticker)} starts after ${date(last)}, the last date in the file, but that row was dropped; the last usable row is from ${date(read)}. To forecast from ${date(read)}, delete the rows after it.` },
    last_rows_dropped_total: { text: ({ count }) => `In all, ${number(count)} tickers end with dropped rows.` },
    volume_unit_noted: { text: ({ text }) => `The file says ${quoted(text)}, but its volumes were counted as shares. If they are in thousands or millions, choose their unit under “How this file was read”.` },
    volumes_fractional: { text: 'Many of the volumes are not whole numbers, so they are probably in thousands or millions, or adjusted for splits. They were counted as shares: otherwise, choose their unit under “How this file was read”.' },
    volumes_rounded: { text: ({ found: cell }) => `The volumes are written like ${cell}, so their last digits are lost. Spreadsheets export what they show: format the column as whole numbers before you export it.` },
    split_suspected: { text: ({ ticker, date: day, new: shares, old }) => `The price change${of(ticker)} on ${date(day)} looks like a ${split(number(shares), number(old))} that has not been restated. If it is one, choose it under “How this file was read”, or send adjusted prices.` },
    splits_suspected_total: { text: ({ count }) => `In all, ${number(count)} price changes look like splits that have not been restated.` },
    tickers_too_short: { text: ({ count, needed, tickers, more }) => `Left out ${number(count)} ${one(count, 'ticker', 'tickers')} with fewer than the ${number(needed)} sessions that a forecast needs: ${list(tickers.map(quoted), more)}${stop(more)}` },
    tickers_outside_calendar: { text: ({ count, market, first, last, tickers, more }) => `Left out ${number(count)} ${one(count, 'ticker', 'tickers')} whose next sessions are outside ${calendar(market)}, which covers ${date(first)} to ${date(last)}: ${list(tickers.map(quoted), more)}${stop(more)}` },
    track_record_in_sample: { text: ({ ticker, count, sessions, test_from: start }) => `${number(count)} of the ${number(sessions)} sessions in the track record${of(ticker)} ${one(count, 'is', 'are')} before ${date(start)}, the start of the model's test period. If the model learned from ${one(count, 'it', 'them')}, the track record is too optimistic.` },

    // Notes: what was done with the file
    split_restated: { text: ({ ticker, date: day, new: shares, old, ratio }) => `Restated for the ${split(number(shares), number(old))}${of(ticker)} on ${date(day)}: earlier prices ${ratio > 1 ? 'divided' : 'multiplied'} and volumes ${ratio > 1 ? 'multiplied' : 'divided'} by ${number(Math.max(ratio, 1 / ratio))}.` },
    split_restated_in_prices: { text: ({ ticker, date: day, new: shares, old, ratio }) => `Restated for the ${split(number(shares), number(old))}${of(ticker)} on ${date(day)}: earlier prices ${ratio > 1 ? 'divided' : 'multiplied'} by ${number(Math.max(ratio, 1 / ratio))}. Earlier volumes were left as they are, because they count as today’s shares.` },
    splits_restated_total: { text: ({ count }) => `In all, ${number(count)} splits were restated.` },
    rows_dropped_empty: { text: dropped('without any price or volume') },
    rows_dropped_zero_volume: { text: dropped('with zero volume (no trading)') },
    rows_dropped_contradictory: { text: dropped('with Open or Close outside the Low-High range') },
    rows_dropped_unreadable: { text: dropped('that could not be read') },
    rows_dropped_impossible: { text: dropped('with missing or impossible values') },
    rows_dropped_repeated: { text: dropped('for a session that is in the file twice') },
    rows_sorted: { text: 'The rows were not sorted by ticker and date, so they were sorted.' },
    sheets_ignored: { text: ({ sheet, count, sheets, more }) => `Read only the sheet ${quoted(sheet)}. ${number(count)} other ${one(count, 'sheet has', 'sheets have')} prices, too: ${list(sheets.map(quoted), more)}${stop(more)} Choose one under “How this file was read”.` },
    columns_ignored: { text: ignored('the forecast does not use') },
    window_columns_ignored: { text: ignored('the window does not use') },
    windows_of_another_model: { text: ({ count, windows, expected }) => `${number(count)} of the ${number(windows)} windows ${one(count, 'was', 'were')} made for another model: the column 'Calendar effects' isn't ${expected}. The inputs and the forecasts may be a little off. Make the windows again, or send the price history.` },
    history_short: { text: ({ sessions, needed }) => `The shortest history has ${number(sessions)} sessions. With ${number(needed)} (two years) or more, the forecast would know more of the ticker's usual volume, its quarterly reports and its own calendar.` },
    points_reduced: { text: ({ listed, points, limit }) => `Each ticker shows its last ${number(listed)} sessions instead of ${number(points)}, because a response includes at most ${number(limit)} past forecasts in all.` },
    track_record_impossible: { text: ({ ticker }) => `No track record${of(ticker)}: a volume is outside the possible range.` },

    ...REQUESTS_EN({ number, list, quoted, one }),
  };
};
