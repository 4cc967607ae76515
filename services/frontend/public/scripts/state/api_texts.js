// What the API says in English, said in the language of the page where the pattern is known. No DOM.

// { text, lang }: a text that is not recognised stays as it is, and is to be marked as English.
export function translated(text, { tag, format }) {
  if (tag === 'en') return { text, lang: 'en' };
  const language = { tag, format };
  // As a sentence first: the end of a pattern may take any text, its full stop, too.
  const said = asSentence(text.match(/^[^a-z].*[.…]$/s) && inPortuguese(asClause(text), language)) ?? inPortuguese(text, language);
  return said ? { text: said, lang: tag } : { text, lang: 'en' };
}

function inPortuguese(text, language) {
  for (const [{ pattern, groups }, say] of PT_BR) {
    const found = text.match(pattern);
    if (found) return say(...groups.map((group, index) => group(found[index + 1] ?? '', language)));
  }
  return null;
}

// Warnings are sentences, of which the patterns have neither the capital letter nor the full stop.
const asClause = (text) => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
const asSentence = (text) => text && text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith('…') ? '' : '.');

// How many problems an answer's detail counts, which may be more than it lists.
export function countIn(detail) {
  const found = detail?.match(/^([\d,]+)( or more)? problems\./);
  return found ? { count: Number(found[1].replaceAll(',', '')), orMore: Boolean(found[2]) } : null;
}

const NUMBER = '\\d+(?:,\\d{3})*(?:\\.\\d+)?';
const DAY = '\\d{4}-\\d\\d-\\d\\d';
const listOf = (item) => `(${item}(?:, (?:${item}|…))*)`;
const inWords = (number, format) => (Number.isInteger(number) ? format.whole(number) : format.fine(number));

// What a group of a pattern takes, and how it is said. The API's own numbers and days, one or several, are written as the
// language writes them, and its own sentences translated; what any other group takes is quoted from the file, and stays.
const GROUPS = {
  '#': [listOf(NUMBER), (part, { format }) => part.replace(new RegExp(NUMBER, 'g'), (found) => inWords(Number(found.replaceAll(',', '')), format))],
  '@': [listOf(DAY), (part, { format }) => part.replace(new RegExp(DAY, 'g'), format.session)],
  '~': ['(.+)', (part, language) => part.split(/; (?=dropped |ignored |the rows were )/).map((text) => translated(text, language).text).join('; ')],
  '(': ['(', (part) => part],
};
const GROUP = /\\.|\(\?|[#@~(]/g; // or what only looks like one

function p(text) {
  const groups = [...text.matchAll(GROUP)].flatMap(([mark]) => (mark in GROUPS ? [GROUPS[mark][1]] : []));
  return { pattern: new RegExp(`^${text.replace(GROUP, (mark) => GROUPS[mark]?.[0] ?? mark)}$`, 's'), groups };
}

// 1 is 1 in words, too, and the API tells of no 0.
const agree = (count, one, other) => (count === '1' ? one : other);

const KINDS = {
  'a PNG image': 'uma imagem PNG', 'a JPEG image': 'uma imagem JPEG', 'a GIF image': 'uma imagem GIF', 'a PDF': 'um PDF',
  'a Parquet file': 'um arquivo Parquet', 'an old Excel file': 'um arquivo antigo do Excel', 'HTML or XML': 'HTML ou XML', JSON: 'JSON',
};
const DATES = {
  'a date such as 2024-04-03': 'uma data como 2024-04-03',
  'a date such as 03/04/2024 (day first) or 2024-04-03': 'uma data como 03/04/2024 (dia primeiro) ou 2024-04-03',
};
const NUMBERS = {
  '1234.56': '1234.56',
  '1234,56 or 1.234.567 (the file\'s fields are separated by semicolons)': '1234,56 ou 1.234.567 (as colunas estão separadas por ponto e vírgula)',
};
const REASONS = {
  'without any price or volume': 'sem nenhum preço ou volume',
  'with zero volume (nothing was traded)': 'com volume zero (nada foi negociado)',
  'whose Open or Close lies outside Low to High': 'cujo Open ou Close está fora do intervalo de Low a High',
};
const found = (text) => (text === 'an empty cell' ? 'a célula está vazia' : `encontrado: ${text}`);
const ofTicker = (text) => text.replace(/^ of /, ' de ');
const restated = (how, factor) => {
  if (!how) return 'os preços anteriores caíram à metade e os volumes dobraram';
  const [prices, volumes] = how === 'divided' ? ['divididos', 'multiplicados'] : ['multiplicados', 'divididos'];
  return `preços anteriores ${prices} e volumes ${volumes} por ${factor}`;
};
// The API says new shares for old, 2:1; in Brazil a split is said of old ones into new, and fewer of them are no "desdobramento".
const split = (now, before) => `${Number(now) > Number(before) ? 'desdobramento' : 'grupamento'} de ${before} para ${now}`;
const theFile = (text) => (text === 'the file' ? 'o arquivo' : text);

const KINDS_OF_ROWS = { weekly: 'semanais', monthly: 'mensais' };
const CALENDAR = 'the exchange calendar that the model was trained with \\((\\w+)\\)';
const ofCalendar = (market) => `do calendário da bolsa com que o modelo foi treinado (${market})`;

const PT_BR = [
  // Cells
  [p('expected a number such as (.+), found (\'.*\'|an empty cell)'), (such, what) => `esperava-se um número como ${NUMBERS[such] ?? such}; ${found(what)}`],
  [p('expected a number, found (\'.*\'|an empty cell)'), (what) => `esperava-se um número; ${found(what)}`],
  [p('expected a number, found no value, while other cells of the row have one; complete the row or empty it'),
    () => 'esperava-se um número; a célula está sem valor, mas outras da linha têm; complete a linha ou esvazie-a'],
  [p('expected a volume >= 0, found (.+)'), (what) => `esperava-se um volume maior ou igual a 0; encontrado: ${what}`],
  [p('expected a price > 0, found (.+)'), (what) => `esperava-se um preço maior que 0; encontrado: ${what}`],
  [p('High (\\S+) is below Low (\\S+); were the columns exchanged\\?'), (high, low) => `High ${high} está abaixo de Low ${low}; as colunas foram trocadas?`],
  [p('(\'.*\') is too large for a number'), (what) => `${what} é grande demais para um número`],
  [p('(\'.*\') is ambiguous: (\\S+) with a thousands point, or (\\S+) with a decimal comma; write one of these'),
    (what, whole, decimal) => `${what} é ambíguo: ${whole} com ponto de milhar, ou ${decimal} com vírgula decimal; escreva um dos dois`],
  [p('(\'.*\') could be day/month or month/day; between commas write dates as 2024-04-03'),
    (what) => `${what} pode ser dia/mês ou mês/dia; entre vírgulas, escreva as datas como 2024-04-03`],
  [p('(\'.*\') is not read, since other dates with slashes could be day/month or month/day; between commas write it as (\\S+)'),
    (what, day) => `${what} não é lido, pois outras datas com barras podem ser dia/mês ou mês/dia; entre vírgulas, escreva ${day}`],
  [p('expected (a date such as .+), found (\'.*\'|an empty cell)'), (such, what) => `esperava-se ${DATES[such] ?? such}; ${found(what)}`],
  [p('there is no such day as (\'.*\'); expected (.+)'), (what, such) => `não existe o dia ${what}; esperava-se ${DATES[such] ?? such}`],
  [p('(\\S+) lies in the future \\(today is @, UTC\\); expected what has been traded'),
    (day, today) => `${day} está no futuro (hoje é ${today}, UTC); espera-se o que já foi negociado`],
  [p('the session (\\S+)( of \'.*\')? stands on line # already; keep one of the two'),
    (day, ticker, line) => `o pregão ${day}${ofTicker(ticker)} já está na linha ${line}; mantenha só um dos dois`],
  [p('expected a ticker of 1 to # characters, found (.+)'),
    (most, what) => `esperava-se um código de ativo de 1 a ${most} caracteres; ${what === 'more' ? 'este tem mais' : found(what)}`],
  [p('expected a ticker of at most # characters, found more'), (most) => `esperava-se um código de ativo de no máximo ${most} caracteres; este tem mais`],
  [p('expected the sessions of a window in order of time, .*'),
    () => 'esperavam-se os pregões de uma janela em ordem de tempo, com o pregão a prever por último'],
  // Lines
  [p('expected # fields as in the header, found #(; a decimal comma .*)?'),
    (wanted, got, why) => `esperavam-se ${wanted} campos como no cabeçalho; a linha tem ${got}${why && '; uma vírgula decimal ou de milhar parte um número em dois: use ponto decimal, ou ponto e vírgula entre os campos'}`],
  [p('a quotation mark opens a field .*'), () => 'as aspas que abrem um campo não são fechadas no fim dele, na mesma linha'],
  [p('the line has # characters; is a quotation mark or a line break missing\\?'), (count) => `a linha tem ${count} caracteres; faltam aspas ou uma quebra de linha?`],
  [p('a field has # characters; at most # are read'), (count, most) => `um campo tem ${count} caracteres; no máximo ${most} são lidos`],
  [p('a field is too long; at most # characters are read'), (most) => `um campo é longo demais; no máximo ${most} caracteres são lidos`],
  // The header
  [p('not in the header; a price history needs (.+); found (.+)'), (needed, got) => `não há no cabeçalho; um histórico de preços precisa de ${needed}; o arquivo tem ${got}`],
  [p('the first line, (\'.*\'), holds values; expected a header line of column names'),
    (line) => `a primeira linha, ${line}, contém valores; esperava-se um cabeçalho com os nomes das colunas`],
  [p('not a CSV: the first line, (\'.*\'), has neither commas nor semicolons; expected a header line of column names'),
    (line) => `não é um CSV: a primeira linha, ${line}, não tem vírgulas nem ponto e vírgula; esperava-se um cabeçalho com os nomes das colunas`],
  [p('the header names (\'.*\') more than once; keep one of these columns'), (name) => `o cabeçalho traz ${name} mais de uma vez; mantenha uma dessas colunas`],
  [p('(\'.*\') and (\'.*\') mean the same; keep one of these columns'), (one, other) => `${one} e ${other} são a mesma coisa; mantenha uma dessas colunas`],
  [p('the header has # columns; at most # are read'), (count, most) => `o cabeçalho tem ${count} colunas; no máximo ${most} são lidas`],
  [p('missing columns (.+?)(?:, … \\(# in all\\))?; the model takes # sessions \\((t-\\d+) to t-0\\) of (.+): # columns'),
    (names, missing, sessions, first, wanted, all) => (
      `${names.includes(',') ? 'faltam as colunas' : 'falta a coluna'} ${names}${missing && `, … (${missing} ao todo)`}; `
      + `o modelo usa ${sessions} pregões (de ${first} a t-0) de ${wanted}: ${all} colunas`
    )],
  // The file
  [p('not a CSV: the file is compressed \\((\\w+)\\); send it uncompressed'), (kind) => `não é um CSV: o arquivo está compactado (${kind}); envie-o sem compactar`],
  [p('not a CSV: the file looks like (.+?)(?:; expected a header line of column names)?'), (kind) => `não é um CSV: o arquivo parece ser ${KINDS[kind] ?? kind}`],
  [p('not UTF-8 text: byte (\\S+) on line #; .*'), (byte, line) => `não é texto UTF-8: byte ${byte} na linha ${line}; salve o arquivo como "CSV UTF-8"`],
  [p('not a CSV: a NUL byte on line #; expected UTF-8 text'), (line) => `não é um CSV: um byte NUL na linha ${line}; esperava-se texto UTF-8`],
  [p('the file is empty; .*'), () => 'o arquivo está vazio; esperava-se um cabeçalho e uma linha por pregão'],
  [p('the file has a header and no rows; .*'), () => 'o arquivo tem cabeçalho e nenhuma linha; esperava-se uma linha por pregão'],
  [p('the file has # rows; at most # are read'), (count, most) => `o arquivo tem ${count} linhas; no máximo ${most} são lidas`],
  [p('the file has # lines; at most # rows are read'), (count, most) => `o arquivo tem ${count} linhas; no máximo ${most} são lidas`],
  [p('the file holds # tickers; at most # are read'), (count, most) => `o arquivo tem ${count} ativos; no máximo ${most} são lidos`],
  [p('(\'.*\'|the file) needs # sessions, got #; add earlier sessions(?:, or leave (\'.*\') out)?'),
    (name, needed, got, other) => (
      `${theFile(name)} precisa de ${needed} pregões; tem ${got}; acrescente pregões anteriores${other && `, ou deixe ${other} de fora`}`
    )],
  [p('(\'.*\'|the file) ends on @; the model knows the calendar of its exchange \\((\\w+)\\) only from @ to @, and the # sessions .*'),
    (name, day, market, first, last, steps) => (
      `${theFile(name)} termina em ${day}; o modelo só conhece o calendário da sua bolsa (${market}) de ${first} a ${last}, `
      + `e os ${steps} pregões a prever precisam estar dentro dessas datas`
    )],
  [p('the ratio of Close to \'Adj Close\' changes as at a split on # rows; at most # are read; .*'),
    (count, most) => `a razão entre Close e 'Adj Close' muda como num desdobramento em ${count} linhas; no máximo ${most} são lidas; corrija a coluna ou deixe-a de fora`],
  [p('\'Adj Close\' shows # splits that multiply beyond all numbers; .*'),
    (count) => `'Adj Close' mostra ${count} ${agree(count, 'desdobramento que leva', 'desdobramentos que, multiplicados, levam')} a números impossíveis; corrija a coluna ou deixe-a de fora`],
  [p('no usable row is left: ~'), (why) => `não sobrou nenhuma linha utilizável: ${why}`],
  // Warnings
  [p('ignored # columns? that the forecast does not use: (.+)'),
    (count, names) => `${agree(count, 'ignorada 1 coluna', `ignoradas ${count} colunas`)} que a previsão não usa: ${names}`],
  [p('ignored 1 column that is no part of the window: (.+)'), (name) => `ignorada 1 coluna que não faz parte da janela: ${name}`],
  [p('ignored # columns that are no part of the window, first (.+)'), (count, name) => `ignoradas ${count} colunas que não fazem parte da janela, a primeira ${name}`],
  [p('(\'.*\'|the file) has a usable row only about every # sessions(?:, as (weekly|monthly) data has)?; .*'),
    (name, sessions, kind) => (
      `${theFile(name)} tem só uma linha utilizável a cada ${sessions} pregões, mais ou menos${kind && `, como em dados ${KINDS_OF_ROWS[kind]}`}; `
      + 'o modelo conhece volumes diários, e por isso estas previsões não valem: envie preços diários'
    )],
  [p('# tickers in all have no daily rows'), (count) => `ao todo, ${count} ativos não têm linhas diárias`],
  [p('many of the volumes are not whole numbers, .*'),
    () => 'muitos dos volumes não são números inteiros: devem estar em milhares ou milhões, ou ajustados por desdobramentos; as previsões estão na mesma unidade'],
  [p('dropped 1 row (.+): line #'), (reason, line) => `descartada 1 linha ${REASONS[reason] ?? reason}: linha ${line}`],
  [p('dropped # rows (.+): lines #'), (count, reason, lines) => `descartadas ${count} linhas ${REASONS[reason] ?? reason}: linhas ${lines}`],
  [p('the rows were not sorted by ticker and date; they were sorted'), () => 'as linhas não estavam ordenadas por ativo e data; foram ordenadas'],
  [p(`the history( of '.*')? lacks # of the # sessions of ${CALENDAR} between its first and its last: @; what it has is taken as if it were consecutive`),
    (ticker, missing, all, market, days) => `no histórico${ofTicker(ticker)} ${agree(missing, 'falta', 'faltam')} ${missing} dos ${all} pregões ${ofCalendar(market)} entre o primeiro e o último: ${days}; o que há é tomado como consecutivo`],
  [p(`# tickers in all lack sessions of ${CALENDAR}`), (count, market) => `ao todo, ${count} ativos não têm todos os pregões ${ofCalendar(market)}`],
  [p(`# of the file's # dates (?:is no session|are no sessions) of ${CALENDAR}; .*`),
    (strange, all, market) => (
      `${strange} das ${all} datas do arquivo ${agree(strange, 'não é pregão', 'não são pregões')} ${ofCalendar(market)}; se os dados são de outra bolsa, `
      + 'feriados, meios pregões e vencimentos podem estar errados na previsão: treine um modelo para essa bolsa (README, "Seus dados e sua bolsa")'
    )],
  [p(`# of the file's # dates lies? outside ${CALENDAR}, which covers @ to @: each counts as an average session`),
    (outside, all, market, first, last) => (
      `${outside} das ${all} datas do arquivo ${agree(outside, 'está', 'estão')} fora ${ofCalendar(market)}, que vai de ${first} a ${last}: `
      + `${agree(outside, 'ela', 'cada uma')} conta como um pregão médio`
    )],
  [p(`# of the # sessions to forecast (?:is|are) unknown to ${CALENDAR}, which covers @ to @: .*`),
    (strange, all, market, first, last) => (
      `${agree(all, 'o pregão', `${strange} dos ${all} pregões`)} a prever não ${agree(strange, 'consta', 'constam')} ${ofCalendar(market)}, `
      + `que vai de ${first} a ${last}: ali se supõe um pregão médio`
    )],
  [p('the last sessions of (.+) hold values far outside those of the training data(?: \\(# of # windows\\))?: trust the forecast less'),
    (names, far, all) => (
      `os últimos pregões de ${names === 'the file' ? 'seu arquivo' : names} têm valores muito distantes dos dados de treinamento`
      + `${far && ` (${far} de ${all} ativos)`}: confie menos na previsão`
    )],
  [p('windows hold values far outside those of the training data(?: \\(# of # windows\\))?: trust the forecast less'),
    (far, all) => `${far ? `${far} das ${all} linhas ${agree(far, 'tem', 'têm')}` : 'a linha tem'} valores muito distantes dos dados de treinamento: confie menos na previsão`],
  [p('# of the # sessions in the track record( of \'.*\')? lies? before @, where the model\'s own test begins: if it learned from them, the record flatters it'),
    (seen, all, ticker, day) => `${seen} dos ${all} pregões da avaliação${ofTicker(ticker)} ${agree(seen, 'é anterior', 'são anteriores')} a ${day}, quando começa o teste do próprio modelo: se ele aprendeu com ${agree(seen, 'ele', 'eles')}, a avaliação o favorece`],
  [p('no track record for (\'.*\'): a volume is outside what shares can have'), (ticker) => `sem avaliação para ${ticker}: há um volume fora do que ações podem ter`],
  [p('restated for the (\\d+):(\\d+) split( of \'.*\')? on @: prices before it (?:halved, volumes doubled|(divided|multiplied) by #, volumes \\w+ by .+)'),
    (now, before, ticker, day, how, factor) => `ajustado pelo ${split(now, before)}${ofTicker(ticker)} em ${day}: ${restated(how, factor)}`],
  [p('# splits were restated in all'), (count) => `ao todo, o histórico foi ajustado por ${count} desdobramentos ou grupamentos`],
  [p('the change of price( of \'.*\')? on @ looks like a (\\d+):(\\d+) split that is not restated; .*'),
    (ticker, day, now, before) => `a mudança de preço${ofTicker(ticker)} em ${day} parece um ${split(now, before)} não ajustado; use preços ajustados ou acrescente uma coluna 'Adj Close' que o mostre`],
  [p('# changes of price in all look like splits that are not restated'), (count) => `ao todo, ${count} mudanças de preço parecem desdobramentos ou grupamentos não ajustados`],
  [p('the points were cut from # to # a ticker: .*'), (wanted, most) => `há ativos demais no arquivo: cada um vem com os últimos ${most} pregões, em vez de ${wanted}`],
  [p('the forecast( of \'.*\')? begins after @, the last date in the file, whose row was dropped; what was read ends on @: .*'),
    (ticker, last, read) => `a previsão${ofTicker(ticker)} começa depois de ${last}, a última data do arquivo, cuja linha foi descartada; o que foi lido termina em ${read}: para prever a partir dali, deixe fora as linhas posteriores`],
  [p('# tickers in all end with dropped rows'), (count) => `ao todo, ${count} ativos terminam com linhas descartadas`],
  // The service
  [p('Too many files are being forecast at once\\. .*'), () => 'Há previsões demais sendo calculadas ao mesmo tempo.'],
  [p('This address asks for more than # forecasts a second, or for more than # at once, .*'),
    (count, most) => `Este endereço pede mais de ${count} ${agree(count, 'previsão', 'previsões')} por segundo ou mais de ${most} ao mesmo tempo, ou outros estão enviando arquivos grandes.`],
  [p('The API does not answer, or too many files are being sent at once\\. .*'), () => 'O serviço não responde, ou há arquivos demais sendo enviados ao mesmo tempo.'],
  [p('The API closed the connection before it had answered\\. .*'), () => 'O serviço fechou a conexão antes de responder.'],
  [p('The API took too long to answer\\. .*'), () => 'O serviço demorou demais para responder. Envie menos pregões ou menos ativos.'],
  [p('The forecast was not ready within # seconds and was given up\\. .*'),
    (seconds) => `A previsão não ficou pronta em ${seconds} ${agree(seconds, 'segundo', 'segundos')} e foi abandonada. Envie menos pregões ou menos ativos, ou tente de novo quando o serviço estiver menos ocupado.`],
  [p('No model is published yet; .*'), () => 'Ainda não há modelo publicado; o treinamento faz um na primeira execução, e "make train" a qualquer momento. Ele entra em uso sozinho.'],
  [p('The published model was refused, .*'), () => 'O modelo publicado foi recusado, e não há outro para usar.'],
  [p('The body ended early or is malformed; .*'), () => 'O arquivo chegou incompleto; envie-o de novo.'],
  [p('The body is compressed \\(\'(\\w+)\'\\); send it uncompressed\\.'), (kind) => `O arquivo está compactado (${kind}); envie-o sem compactar.`],
  [p('A file may hold at most # MB.*'), (most) => `Um arquivo pode ter no máximo ${most} MB. Envie menos pregões ou menos ativos.`],
  [p('Something went wrong here\\. The log tells more under (\\w+)\\.'), (id) => `Algo deu errado no serviço. O log traz mais detalhes sob o código ${id}.`],
];
