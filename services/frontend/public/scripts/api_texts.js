// What the API says in English, said in the language of the page where the pattern is known. No DOM.

// { text, lang }: a text that is not recognised stays as it is, and is to be marked as English.
export function translated(text, { tag, format }) {
  if (tag === 'en') return { text, lang: 'en' };
  for (const [pattern, say] of PT_BR) {
    const found = text.match(pattern);
    if (found) return { text: say(...found.slice(1).map((part) => inLocale(part, format))), lang: tag };
  }
  return { text, lang: 'en' };
}

// How many problems an answer's detail counts, which may be more than it lists.
export function countIn(detail) {
  const found = detail?.match(/^([\d,]+)( or more)? problems\./);
  return found ? { count: Number(found[1].replaceAll(',', '')), orMore: Boolean(found[2]) } : null;
}

// Counts come with English commas; what is quoted from the file stays as the file has it.
function inLocale(part, format) {
  return part && /^\d{1,3}(,\d{3})*$/.test(part) ? format.whole(Number(part.replaceAll(',', ''))) : part ?? '';
}

const N = '([\\d,]+)';
const p = (text) => new RegExp(`^${text.replaceAll('#', N)}$`, 's');

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
const found = (text) => (text === 'an empty cell' ? 'uma célula vazia' : text);
const ofTicker = (text) => text.replace(/^ of /, ' de ');
const restated = (change) => {
  const found = change.match(/^prices before it (divided|multiplied) by (\S+), volumes \w+ by \S+$/);
  if (!found) return 'os preços anteriores caíram à metade e os volumes dobraram';
  const [, how, factor] = found;
  const [prices, volumes] = how === 'divided' ? ['divididos', 'multiplicados'] : ['multiplicados', 'divididos'];
  return `preços anteriores ${prices} e volumes ${volumes} por ${factor}`;
};
const theFile = (text) => (text === 'the file' ? 'o arquivo' : text);

const PT_BR = [
  // Cells
  [p('expected a number such as (.+), found (\'.*\'|an empty cell)'), (such, what) => `esperava-se um número como ${NUMBERS[such] ?? such}; encontrado: ${found(what)}`],
  [p('expected a number, found (\'.*\'|an empty cell)'), (what) => `esperava-se um número; encontrado: ${found(what)}`],
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
  [p('expected (a date such as .+), found (\'.*\'|an empty cell)'), (such, what) => `esperava-se ${DATES[such] ?? such}; encontrado: ${found(what)}`],
  [p('there is no such day as (\'.*\'); expected (.+)'), (what, such) => `não existe o dia ${what}; esperava-se ${DATES[such] ?? such}`],
  [p('(\\S+) lies in the future \\(today is (\\S+), UTC\\); expected what has been traded'),
    (day, today) => `${day} está no futuro (hoje é ${today}, UTC); espera-se o que já foi negociado`],
  [p('the session (\\S+)( of \'.*\')? stands on line (\\d+) already; keep one of the two'),
    (day, ticker, line) => `o pregão ${day}${ofTicker(ticker)} já está na linha ${line}; mantenha só um dos dois`],
  [p('expected a ticker of 1 to (\\d+) characters, found (.+)'),
    (most, what) => `esperava-se um ativo de 1 a ${most} caracteres; encontrado: ${what === 'more' ? 'mais' : found(what)}`],
  [p('expected a ticker of at most (\\d+) characters, found more'), (most) => `esperava-se um ativo de no máximo ${most} caracteres; encontrado: mais`],
  [p('expected the sessions of a window in order of time, .*'),
    () => 'esperavam-se os pregões de uma janela em ordem de tempo, com o pregão a prever por último'],
  // Lines
  [p('expected (\\d+) fields as in the header, found (\\d+)(; a decimal comma .*)?'),
    (wanted, got, why) => `esperavam-se ${wanted} campos como no cabeçalho; encontrados: ${got}${why && '; uma vírgula decimal ou de milhar parte um número em dois: use ponto decimal, ou ponto e vírgula entre os campos'}`],
  [p('a quotation mark opens a field .*'), () => 'uma aspa abre um campo e não o fecha no fim do campo, na mesma linha'],
  [p('the line has # characters; is a quotation mark or a line break missing\\?'), (count) => `a linha tem ${count} caracteres; falta uma aspa ou uma quebra de linha?`],
  [p('a field has # characters; at most # are read'), (count, most) => `um campo tem ${count} caracteres; no máximo ${most} são lidos`],
  [p('a field is too long; at most # characters are read'), (most) => `um campo é longo demais; no máximo ${most} caracteres são lidos`],
  // The header
  [p('the column is missing; a price history needs (.+); found (.+)'), (needed, got) => `a coluna falta; um histórico de preços precisa de ${needed}; encontradas: ${got}`],
  [p('the first line, (\'.*\'), holds values; expected a header line of column names'),
    (line) => `a primeira linha, ${line}, contém valores; esperava-se um cabeçalho com os nomes das colunas`],
  [p('not a CSV: the first line, (\'.*\'), has neither commas nor semicolons; expected a header line of column names'),
    (line) => `não é um CSV: a primeira linha, ${line}, não tem vírgulas nem ponto e vírgula; esperava-se um cabeçalho com os nomes das colunas`],
  [p('the header names (\'.*\') more than once; keep one of these columns'), (name) => `o cabeçalho traz ${name} mais de uma vez; mantenha uma dessas colunas`],
  [p('(\'.*\') and (\'.*\') mean the same; keep one of these columns'), (one, other) => `${one} e ${other} são a mesma coisa; mantenha uma dessas colunas`],
  [p('the header has # columns; at most # are read'), (count, most) => `o cabeçalho tem ${count} colunas; no máximo ${most} são lidas`],
  [p('missing columns (.+); the model takes (\\d+) sessions .*'), (names, sessions) => `faltam as colunas ${names}; o modelo usa ${sessions} pregões`],
  // The file
  [p('not a CSV: the file is compressed \\((\\w+)\\); send it uncompressed'), (kind) => `não é um CSV: o arquivo está compactado (${kind}); envie-o sem compactar`],
  [p('not a CSV: the file looks like (.+?)(?:; expected a header line of column names)?'), (kind) => `não é um CSV: o arquivo parece ser ${KINDS[kind] ?? kind}`],
  [p('not UTF-8 text: byte (\\S+) on line (\\d+); .*'), (byte, line) => `não é texto UTF-8: byte ${byte} na linha ${line}; salve o arquivo como "CSV UTF-8"`],
  [p('not a CSV: a NUL byte on line (\\d+); expected UTF-8 text'), (line) => `não é um CSV: um byte NUL na linha ${line}; esperava-se texto UTF-8`],
  [p('the file is empty; .*'), () => 'o arquivo está vazio; esperava-se um cabeçalho e uma linha por pregão'],
  [p('the file has a header and no rows; .*'), () => 'o arquivo tem cabeçalho e nenhuma linha; esperava-se uma linha por pregão'],
  [p('the file has # rows; at most # are read'), (count, most) => `o arquivo tem ${count} linhas; no máximo ${most} são lidas`],
  [p('the file has # lines; at most # rows are read'), (count, most) => `o arquivo tem ${count} linhas; no máximo ${most} são lidas`],
  [p('the file holds # tickers; at most # are read'), (count, most) => `o arquivo tem ${count} ativos; no máximo ${most} são lidas`],
  [p('(\'.*\'|the file) needs (\\d+) sessions, got (\\d+)'), (name, needed, got) => `${theFile(name)} precisa de ${needed} pregões; tem ${got}`],
  [p('(\'.*\'|the file) ends on (\\S+); the model\'s calendar \\((\\w+)\\) covers (\\S+) to (\\S+); retrain'),
    (name, day, market, first, last) => `${theFile(name)} termina em ${day}; o calendário do modelo (${market}) vai de ${first} a ${last}; é preciso treinar de novo`],
  [p('the ratio of Close to \'Adj Close\' changes as at a split on # rows; at most # are read; .*'),
    (count, most) => `a razão entre Close e 'Adj Close' muda como num desdobramento em ${count} linhas; no máximo ${most} são lidas; corrija a coluna ou deixe-a de fora`],
  [p('\'Adj Close\' shows # splits that multiply beyond all numbers; .*'),
    (count) => `'Adj Close' mostra ${count} desdobramentos, que multiplicados passam de qualquer número; corrija a coluna ou deixe-a de fora`],
  [p('no usable row is left: .*'), () => 'não sobrou nenhuma linha utilizável'],
  // Warnings
  [p('ignored (\\d+) columns? that the forecast does not use: (.+)'),
    (count, names) => (count === '1' ? `ignorada 1 coluna que a previsão não usa: ${names}` : `ignoradas ${count} colunas que a previsão não usa: ${names}`)],
  [p('ignored (\\d+) column\\(s\\) that are no part of the window, first (.+)'), (count, name) => `ignoradas ${count} colunas que não fazem parte da janela, a primeira ${name}`],
  [p('dropped 1 row (.+): line (\\d+)'), (reason, line) => `descartada 1 linha ${REASONS[reason] ?? reason}: linha ${line}`],
  [p('dropped # rows (.+): lines (.+)'), (count, reason, lines) => `descartadas ${count} linhas ${REASONS[reason] ?? reason}: linhas ${lines}`],
  [p('the rows were not sorted by ticker and date; they were sorted'), () => 'as linhas não estavam ordenadas por ativo e data; foram ordenadas'],
  [p('the history( of \'.*\')? lacks (\\d+) of the (\\d+) sessions of (\\w+) between its first and its last: (.+); what it has is taken as if it were consecutive'),
    (ticker, missing, all, market, days) => `no histórico${ofTicker(ticker)} faltam ${missing} dos ${all} pregões de ${market} entre o primeiro e o último: ${days}; o que há é tomado como consecutivo`],
  [p('# tickers in all lack sessions of (\\w+)'), (count, market) => `ao todo, ${count} ativos não têm todos os pregões de ${market}`],
  [p('(\\d+) of the file\'s (\\d+) dates are no sessions of (\\w+), .*'),
    (strange, all, market) => `${strange} das ${all} datas do arquivo não são pregões de ${market}, a bolsa cujo calendário a previsão segue: os dados são de outra bolsa?`],
  [p('(\\d+) of the file\'s (\\d+) dates lie outside the calendar of (\\w+), which covers (\\S+) to (\\S+): each counts as an average session'),
    (outside, all, market, first, last) => `${outside} das ${all} datas do arquivo estão fora do calendário de ${market}, que vai de ${first} a ${last}: cada uma conta como um pregão médio`],
  [p('(\\d+) of the (\\d+) sessions to forecast are unknown to the calendar of (\\w+), which covers (\\S+) to (\\S+): .*'),
    (strange, all, market, first, last) => `${strange} dos ${all} pregões a prever não constam do calendário de ${market}, que vai de ${first} a ${last}: ali se supõe um pregão médio`],
  [p('(?:the last sessions of (.+)|(windows)) hold values far outside those of the training data(?: \\(# of # windows\\))?: trust the forecast less'),
    (names) => `${names ? `os últimos pregões de ${names === 'the file' ? 'seu arquivo' : names} têm` : 'há linhas com'} valores muito distantes dos dados de treinamento: confie menos na previsão`],
  [p('(\\d+) of the (\\d+) sessions in the track record( of \'.*\')? lie before (\\S+), where the model\'s own test begins: if it learned from them, the record flatters it'),
    (seen, all, ticker, day) => `${seen} dos ${all} pregões da avaliação${ofTicker(ticker)} são anteriores a ${day}, quando começa o teste do próprio modelo: se ele aprendeu com eles, a avaliação o favorece`],
  [p('no track record for (\'.*\'): a volume is outside what shares can have'), (ticker) => `sem avaliação para ${ticker}: há um volume fora do que ações podem ter`],
  [p('restated for the (\\S+) split( of \'.*\')? on (\\S+): (.+)'),
    (terms, ticker, day, change) => `ajustado pelo desdobramento ${terms}${ofTicker(ticker)} em ${day}: ${restated(change)}`],
  [p('# splits were restated in all'), (count) => `ao todo, o histórico foi ajustado por ${count} desdobramentos`],
  [p('the change of price( of \'.*\')? on (\\S+) looks like a (\\S+) split that is not restated; .*'),
    (ticker, day, terms) => `a mudança de preço${ofTicker(ticker)} em ${day} parece um desdobramento ${terms} não ajustado; dê preços ajustados, ou uma coluna 'Adj Close' que o mostre`],
  [p('# changes of price in all look like splits that are not restated'), (count) => `ao todo, ${count} mudanças de preço parecem desdobramentos não ajustados`],
  [p('the points were cut from # to # a ticker: .*'), (wanted, most) => `há ativos demais no arquivo: cada um vem com ${most} dos últimos pregões, em vez de ${wanted}`],
  [p('the forecast( of \'.*\')? begins after (\\S+), the last date in the file, whose row was dropped; what was read ends on (\\S+): .*'),
    (ticker, last, read) => `a previsão${ofTicker(ticker)} começa depois de ${last}, a última data do arquivo, cuja linha foi descartada; o que foi lido termina em ${read}: para prever a partir dali, deixe fora as linhas posteriores`],
  [p('# tickers in all end with dropped rows'), (count) => `ao todo, ${count} ativos terminam com linhas descartadas`],
  // The service
  [p('Too many files are being forecast at once\\. .*'), () => 'Há previsões demais sendo calculadas ao mesmo tempo.'],
  [p('This address asks for more than # forecasts a second, .*'), (count) => `Este endereço pede mais de ${count} previsões por segundo, ou pedidos demais ao mesmo tempo.`],
  [p('The API does not answer, or too many files are being sent at once\\. .*'), () => 'O serviço não responde, ou há arquivos demais sendo enviados ao mesmo tempo.'],
  [p('The API closed the connection before it had answered\\. .*'), () => 'O serviço fechou a conexão antes de responder.'],
  [p('The API took too long to answer\\. .*'), () => 'O serviço demorou demais para responder. Envie menos pregões ou menos ativos.'],
  [p('The forecast was not ready within (\\S+) seconds and was given up\\. .*'),
    (seconds) => `A previsão não ficou pronta em ${seconds} segundos e foi abandonada. Envie menos pregões ou menos ativos, ou tente de novo quando o serviço estiver menos ocupado.`],
  [p('No model is published yet; .*'), () => 'Ainda não há modelo publicado; o treinamento faz um no primeiro início, e "make train" a qualquer momento. Ele entra em uso sozinho.'],
  [p('The published model was refused, .*'), () => 'O modelo publicado foi recusado, e não há outro para usar.'],
  [p('The body ended early or is malformed; .*'), () => 'O arquivo chegou incompleto; envie-o de novo.'],
  [p('The body is compressed \\(\'(\\w+)\'\\); send it uncompressed\\.'), (kind) => `O arquivo está compactado (${kind}); envie-o sem compactar.`],
  [p('A file may hold at most (\\d+) MB.*'), (most) => `Um arquivo pode ter no máximo ${most} MB. Envie menos pregões ou menos ativos.`],
  [p('Something went wrong here\\. The log tells more under (\\w+)\\.'), (id) => `Algo deu errado no serviço. O registro diz mais sob ${id}.`],
];
