// The API's messages in Portuguese about a request or the service itself; pt_br.js adds the others.

export const REQUESTS_PT_BR = ({ number, list, quoted, one }) => ({
  // The request
  invalid_file: { text: ({ count, or_more: orMore, listed }) => `${number(count)}${orMore ? ' ou mais' : ''} ${one(count, 'problema', 'problemas')} no CSV; ${number(listed)} ${one(listed, 'está listado', 'estão listados')}.` },
  nothing_sent: { text: 'A requisição não traz nenhum arquivo.', remedy: 'Envie um arquivo.' },
  several_files: { text: ({ count }) => `A requisição traz ${number(count)} arquivos em um campo.`, remedy: 'Envie um arquivo por requisição.' },
  body_broken: { text: 'O arquivo chegou incompleto.', remedy: 'Envie-o de novo.' },
  parameter_invalid: {
    text: ({ name, found: value }) => `O parâmetro ${quoted(name)} tem o valor ${quoted(value)}.`,
    remedy: ({ least, most }) => `Use um número inteiro de ${number(least)} a ${number(most)}, uma só vez.`,
  },
  parameter_unsupported: {
    text: ({ name, found: value }) => `O parâmetro ${quoted(name)} tem o valor ${quoted(value)}.`,
    remedy: ({ supported }) => `Use-o uma só vez. Valores aceitos: ${list(supported)}.`,
  },
  parameter_time: {
    text: ({ name, found: value }) => `O parâmetro ${quoted(name)} precisa ser uma hora em ISO 8601, mas é ${quoted(value)}.`,
    remedy: 'Escreva como 2024-04-03T15:30-03:00. Sem fuso, vale UTC.',
  },
  parameter_date: {
    text: ({ name, found: value }) => `O parâmetro de consulta ${quoted(name)} deve ser uma data, mas é ${quoted(value)}.`,
    remedy: 'Envie-o uma única vez, como em 2024-04-03.',
  },
  parameter_length: {
    text: ({ name, found: value }) => `O parâmetro ${quoted(name)} tem o valor ${quoted(value)}.`,
    remedy: ({ limit }) => `Use-o uma só vez, com 1 a ${number(limit)} caracteres.`,
  },
  parameter_unknown: {
    text: ({ name }) => `O parâmetro ${quoted(name)} não existe.`,
    remedy: ({ supported }) => `Parâmetros aceitos: ${list(supported)}.`,
  },
  host_unknown: { text: 'Este servidor não responde por esse nome de host.', remedy: 'Quem o opera pode acrescentar o nome a ALLOWED_HOSTS.' },
  address_unknown: { text: 'Este endereço não existe.', remedy: ({ addresses }) => `A API responde em ${list(addresses)}.` },
  method_not_allowed: { text: 'Este endereço não aceita o método da requisição.', remedy: ({ allowed }) => `Métodos aceitos: ${list(allowed)}.` },
  not_acceptable: {
    text: ({ accept }) => `O cabeçalho Accept só permite ${quoted(accept)}.`,
    remedy: ({ supported }) => `Tipos oferecidos: ${list(supported)}.`,
  },
  file_too_large: {
    text: ({ megabytes }) => `Um arquivo pode ter no máximo ${number(megabytes)} MB.`,
    remedy: 'Envie menos pregões ou menos ativos.',
  },
  content_type_wrong: { text: ({ found: type }) => `O arquivo foi enviado como ${quoted(type)}.`, remedy: 'Envie um arquivo.' },
  content_type_missing: { text: 'A requisição não informa o tipo do conteúdo.', remedy: 'Envie um arquivo.' },
  body_compressed: {
    text: ({ format }) => `O arquivo está compactado (${format}).`,
    remedy: 'Descompacte o arquivo e envie o CSV que está dentro dele.',
  },

  // The service
  no_model: {
    text: 'Ainda não há modelo publicado. O primeiro será carregado automaticamente.',
    remedy: 'Espere o primeiro treinamento ou execute "make train".',
  },
  ledger_unreadable: {
    text: 'Não é possível ler o registro de previsões no momento.',
    remedy: 'Tente de novo em alguns segundos. Se persistir, o operador encontra o motivo no log da API.',
  },
  sessions_removed: {
    text: ({ until }) => `O registro removeu as previsões dos pregões até ${until}. Seus erros só são guardados como somas: de cada pregão, ou de um ativo em meses inteiros e em cada tipo de dia.`,
    remedy: 'Use em "from" e "to" o primeiro e o último dia de um mês, ou escolha pregões posteriores. Por tipo de dia, omita os dois para um ativo.',
  },
  model_refused: {
    text: 'O modelo publicado foi recusado, e não há outro para usar.',
    remedy: '"make versions" lista os modelos, e "make logs" mostra o motivo.',
  },
  overloaded: { text: 'Há previsões demais sendo calculadas ao mesmo tempo.', remedy: 'Envie este arquivo de novo em alguns segundos.' },
  deadline_exceeded: {
    text: ({ seconds }) => `A previsão passou de ${number(seconds)} ${one(seconds, 'segundo', 'segundos')} e foi interrompida.`,
    remedy: 'Envie menos pregões ou menos ativos, ou tente de novo quando o serviço estiver menos ocupado.',
  },
  internal_error: { text: 'Algo deu errado no serviço.', remedy: ({ request_id: id }) => `O log traz os detalhes sob o código ${id}.` },
  http_error: { text: ({ status }) => `A requisição falhou com o status ${status}.` },
  request_unreadable: { text: 'A requisição não é HTTP válido.' },
  address_too_long: { text: 'O endereço da requisição é longo demais.' },
  headers_too_large: { text: 'Os cabeçalhos da requisição são grandes demais.' },
  too_many_requests: {
    text: ({ per_second: rate, at_once: most }) => `Você pediu mais de ${number(rate)} ${one(rate, 'previsão', 'previsões')} por segundo ou mais de ${number(most)} ao mesmo tempo, ou outros estão enviando arquivos grandes.`,
    remedy: 'Envie este arquivo de novo em um segundo.',
  },
  transfer_encoding_unknown: { text: 'A codificação de transferência da requisição não é aceita.', remedy: 'Envie um Content-Length.' },
  connection_lost: { text: 'O serviço fechou a conexão antes de responder.', remedy: 'Envie o arquivo de novo.' },
  api_unavailable: {
    text: 'O serviço não responde, ou há arquivos demais sendo enviados ao mesmo tempo.',
    remedy: 'Tente de novo em alguns segundos.',
  },
  api_too_slow: { text: 'O serviço demorou demais para responder.', remedy: 'Envie menos pregões ou menos ativos.' },
  http_version_unknown: { text: 'A versão do HTTP não é aceita.', remedy: 'Envie a requisição em HTTP/1.1.' },
});
