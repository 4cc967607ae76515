// The API's messages in English about a request or the service itself; en.js adds the others.

export const REQUESTS_EN = ({ number, list, quoted, one }) => ({
  // The request
  invalid_file: { text: ({ count, or_more: orMore, listed }) => `${number(count)}${orMore ? ' or more' : ''} ${one(count, 'problem', 'problems')} in the CSV, of which ${number(listed)} are listed.` },
  nothing_sent: { text: 'The request has no file.', remedy: 'Send a file.' },
  several_files: { text: ({ count }) => `The request has ${number(count)} files in one field.`, remedy: 'Send one file per request.' },
  body_broken: { text: 'The file arrived incomplete.', remedy: 'Send it again.' },
  parameter_invalid: {
    text: ({ name, found: value }) => `The query parameter ${quoted(name)} has the value ${quoted(value)}.`,
    remedy: ({ least, most }) => `Send it once, as a whole number from ${number(least)} to ${number(most)}.`,
  },
  parameter_unsupported: {
    text: ({ name, found: value }) => `The query parameter ${quoted(name)} has the value ${quoted(value)}.`,
    remedy: ({ supported }) => `Send it once. Supported: ${list(supported)}.`,
  },
  parameter_time: {
    text: ({ name, found: value }) => `The query parameter ${quoted(name)} must be a time in ISO 8601, but it is ${quoted(value)}.`,
    remedy: 'Write it like 2024-04-03T15:30-04:00. Without an offset, it is in UTC.',
  },
  parameter_date: {
    text: ({ name, found: value }) => `The query parameter ${quoted(name)} must be a date, but it is ${quoted(value)}.`,
    remedy: 'Send it once, as in 2024-04-03.',
  },
  parameter_length: {
    text: ({ name, found: value }) => `The query parameter ${quoted(name)} has the value ${quoted(value)}.`,
    remedy: ({ limit }) => `Send it once, with 1 to ${number(limit)} characters.`,
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
  content_type_wrong: { text: ({ found: type }) => `The file was sent as ${quoted(type)}.`, remedy: 'Send a file.' },
  content_type_missing: { text: 'The request does not state its content type.', remedy: 'Send a file.' },
  body_compressed: { text: ({ format }) => `The file is compressed (${format}).`, remedy: 'Unpack the file, then send the CSV in it.' },

  // The service
  no_model: {
    text: 'No model has been published yet. The first one will be loaded automatically.',
    remedy: 'Wait for the first training, or run "make train".',
  },
  ledger_unreadable: {
    text: 'The ledger of forecasts can\'t be read at the moment.',
    remedy: 'Try again in a few seconds. If it stays, its operator finds the reason in the API\'s log.',
  },
  sessions_removed: {
    text: ({ until }) => `The ledger has removed the forecasts for sessions up to ${until}. Their errors are only kept as sums: of each session, or of a ticker in whole months and on each kind of day.`,
    remedy: 'Let "from" and "to" be the first and last day of a month; or choose later sessions. By kind of day, leave both out for a ticker.',
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
});
