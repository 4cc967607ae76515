// The API's messages in Portuguese (Brazil), by code; en.js explains how they are written.

import { capitalised } from '../../lib/format.js';
import { REQUESTS_PT_BR } from './requests_pt_br.js';

const COLUMNS = 'Date, Open, High, Low, Close, Volume';
const NOT_DAILY = 'O modelo só conhece volumes diários; por isso, estas previsões não são válidas: envie preços diários.';
const TRUST_LESS = 'valores muito fora da faixa dos dados de treinamento: interprete a previsão com cautela.';
const ANOTHER_EXCHANGE = 'Se os dados são de outra bolsa, feriados, meios pregões e vencimentos podem estar errados na previsão: '
  + 'escolha a bolsa em "Como este arquivo foi lido" ou treine um modelo para ela (README, "Seus dados e sua bolsa").';

const subject = (ticker) => (ticker === null ? 'o arquivo' : `'${ticker}'`);
const of = (ticker) => (ticker === null ? '' : ` de '${ticker}'`);
const calendar = (market) => `do calendário da bolsa ${market}`;
const stop = (more) => (more ? '' : '.'); // an ellipsis ends the sentence
// The API gives new shares, then old ones. In Brazil the old come first, and fewer new ones are no
// "desdobramento".
const split = (shares, before, number) => `${shares > before ? 'desdobramento' : 'grupamento'} de ${number(before)} para ${number(shares)}`;

export const PT_BR = ({ number, date, list, quoted, one }) => {
  const found = (text) => (text ? `encontrado: ${quoted(text)}` : 'a célula está vazia');
  const counts = (pairs) => list(pairs.filter(([count]) => count > 0).map(([count, text]) => `${number(count)} ${text}`));
  const needsSessions = ({ ticker, needed, found: got }) => `${subject(ticker)} precisa de ${number(needed)} pregões e tem ${number(got)}`;
  const notDaily = (like) => ({ ticker, sessions }) => `${capitalised(subject(ticker))} só tem uma linha utilizável a cada ${number(sessions)} pregões, mais ou menos${like}. ${NOT_DAILY}`;
  const dropped = (reason) => ({ count, lines, more }) => `${one(count, 'Descartada', 'Descartadas')} ${number(count)} ${one(count, 'linha', 'linhas')} ${reason}: ${one(count, 'linha', 'linhas')} ${list(lines.map(number), more)}${stop(more)}`;
  const ignored = (reason) => ({ count, columns, more }) => `${one(count, 'Ignorada', 'Ignoradas')} ${number(count)} ${one(count, 'coluna', 'colunas')} que ${reason}: ${list(columns.map(quoted), more)}${stop(more)}`;

  return {
    // The file
    file_empty: { text: 'o arquivo está vazio; esperava-se um cabeçalho e uma linha por pregão', remedy: 'Exporte os preços de novo.' },
    file_compressed: {
      text: ({ format }) => `o arquivo está compactado (${format})`,
      remedy: 'Descompacte o arquivo e envie o CSV que está dentro dele.',
    },
    archive_broken: { text: 'o arquivo está danificado ou protegido por senha', remedy: 'Salve o arquivo de novo sem senha ou envie um CSV.' },
    archive_too_large: {
      text: ({ limit }) => `o arquivo descompactado tem mais de ${number(limit)} MB`,
      remedy: 'Envie menos pregões ou menos ativos, ou um CSV.',
    },
    archive_of_several: {
      text: ({ count }) => `o arquivo ZIP contém ${number(count)} ${one(count, 'arquivo CSV', 'arquivos CSV')}; esperava-se um`,
      remedy: 'Descompacte o ZIP e envie um por um os arquivos que estão nele.',
    },
    parquet_codec: {
      text: ({ codec }) => `o arquivo Parquet está comprimido com ${codec}; esperava-se snappy ou nenhuma compressão`,
      remedy: 'Grave-o com snappy ou envie um CSV.',
    },
    sheet_unknown: {
      text: ({ found: name, sheets }) => `a planilha não tem uma aba chamada ${quoted(name)}; as abas são ${list(sheets.map(quoted))}`,
      remedy: 'Escolha uma delas.',
    },
    workbook_unreadable: {
      text: 'o arquivo parece uma planilha, mas não pode ser lido',
      remedy: 'Salve-o como "CSV UTF-8" ou como uma nova planilha (.xlsx) e envie esse arquivo.',
    },
    not_a_table: { text: ({ format }) => `não é uma tabela: o arquivo parece ser ${format === 'HTML or XML' ? 'HTML ou XML' : format}`, remedy: 'Envie preços diários em um CSV.' },
    not_utf8: {
      text: ({ byte, line }) => `não é texto UTF-8: byte ${byte} na linha ${number(line)}`,
      remedy: 'Salve o arquivo como "CSV UTF-8": no Excel, em "Salvar como"; em um editor de texto, na opção de codificação.',
    },
    nul_byte: {
      text: ({ line }) => `não é um texto: há um byte NUL na linha ${number(line)}; esperava-se texto UTF-8`,
      remedy: 'Salve o arquivo como "CSV UTF-8".',
    },
    too_many_lines: {
      text: ({ lines, limit }) => `o arquivo tem ${number(lines)} linhas de texto; no máximo ${number(limit)} linhas de dados são lidas`,
      remedy: 'Apague as linhas em branco ou envie menos pregões.',
    },
    too_many_rows: {
      text: ({ rows, limit }) => `o arquivo tem ${number(rows)} linhas; no máximo ${number(limit)} são lidas`,
      remedy: 'Envie menos pregões ou menos ativos.',
    },
    too_many_tickers: {
      text: ({ tickers, limit }) => `o arquivo tem ${number(tickers)} ativos; no máximo ${number(limit)} são lidos`,
      remedy: 'Divida os ativos em vários arquivos.',
    },
    no_rows: { text: 'o arquivo tem cabeçalho, mas nenhuma linha; esperava-se uma linha por pregão', remedy: 'Exporte os preços de novo.' },
    no_finished_session: {
      text: ({ date: day }) => `nenhum pregão do arquivo terminou ainda; o primeiro é o de ${date(day)}`,
      remedy: 'Envie os preços de pregões passados.',
    },
    no_usable_rows: {
      text: ({ empty, zero_volume: zero, contradictory }) => (
        `não sobrou nenhuma linha utilizável: ${counts([
          [empty, 'sem nenhum preço ou volume'],
          [zero, 'com volume zero'],
          [contradictory, 'com Open ou Close fora do intervalo de Low a High'],
        ])}`
      ),
      remedy: 'Exporte os preços de novo.',
    },
    tick_volumes_only: {
      text: ({ column }) => `o arquivo não traz volumes negociados, só ${quoted(column)}, que conta negócios ou mudanças de preço`,
      remedy: 'Exporte um ativo de bolsa, com volumes reais; plataformas de câmbio e de contratos por diferença muitas vezes só têm volumes de ticks.',
    },
    one_day_of_many: {
      text: ({ date: day, tickers }) => `o arquivo traz um só dia, ${date(day)}, de ${number(tickers)} ativos; uma previsão exige os pregões anteriores de cada ativo`,
      remedy: 'Exporte o histórico de cada ativo, ou junte os arquivos de todos os dias.',
    },

    // The header
    no_separator: {
      text: ({ line }) => `não é uma tabela: a primeira linha, ${quoted(line)}, não tem vírgulas, ponto e vírgula nem tabulações; esperavam-se nomes de colunas`,
      remedy: `Separe as colunas com vírgulas e ponha os nomes delas na primeira linha: ${COLUMNS}.`,
    },
    header_missing: {
      text: ({ line }) => `a primeira linha, ${quoted(line)}, contém valores; esperavam-se nomes de colunas`,
      remedy: `Acrescente uma primeira linha com os nomes das colunas: ${COLUMNS}.`,
    },
    too_many_columns: {
      text: ({ columns, limit }) => `o cabeçalho tem ${number(columns)} colunas; no máximo ${number(limit)} são lidas`,
      remedy: `Mantenha as colunas ${COLUMNS}.`,
    },
    column_twice: { text: ({ name }) => `o cabeçalho traz ${quoted(name)} mais de uma vez`, remedy: 'Mantenha só uma dessas colunas.' },
    column_unknown: { text: ({ name, found: names }) => `nenhuma coluna se chama ${quoted(name)}; encontradas: ${list(names.map(quoted))}`, remedy: 'Escolha uma das colunas do arquivo.' },
    header_changes: { text: ({ names }) => `outros nomes de colunas começam aqui: ${list(names.map(quoted))}; as colunas acima têm outra ordem`, remedy: 'Envie as duas tabelas como arquivos separados.' },
    column_missing: {
      text: ({ needed, found: columns, more }) => `não está no cabeçalho; um histórico de preços precisa de ${list(needed)}; o arquivo tem ${list(columns.map(quoted), more)}`,
      remedy: 'Exporte preços diários com todas estas colunas; "Como deve ser o arquivo", abaixo, mostra um exemplo.',
    },
    window_columns_missing: {
      text: ({ count, columns, more, window, oldest, features, expected }) => `${one(count, 'falta a coluna', 'faltam as colunas')} ${list(columns, more)} (${number(count)} ao todo); o modelo usa ${number(window)} pregões (de t-${number(oldest)} a t-0) de ${list(features)}: ${number(expected)} colunas`,
      remedy: 'Exporte as janelas com as variáveis do modelo em uso.',
    },
    windows_without_inputs: {
      text: ({ count, columns, more }) => `${one(count, 'falta a coluna', 'faltam as colunas')} ${list(columns, more)} (${number(count)} ao todo): as janelas não têm as entradas do modelo em uso, como se fossem de uma versão anterior`,
      remedy: "Envie o histórico de preços ou gere as janelas de novo: 'make train' grava algumas em data/processed/test_for_api.csv.",
    },

    // Doubts: what the file leaves open; the page shows a button for each choice
    encoding_unknown: {
      text: ({ encoding, byte, line }) => `não é texto ${encoding}: byte ${byte} na linha ${number(line)}`,
      remedy: 'Envie o arquivo de novo sem essa escolha ou escolha outra codificação.',
    },
    dates_unclear: {
      text: ({ found: cells }) => `as datas, como ${list(cells.map(quoted))}, podem ser lidas em várias ordens`,
      remedy: 'Escolha como ler as datas.',
    },
    decimals_unclear: {
      text: ({ found: cells }) => `os números, como ${list(cells.map(quoted))}, podem ter decimais ou separadores de milhar`,
      remedy: 'Escolha como ler os números.',
    },
    volume_unclear: {
      text: ({ columns }) => `as ações negociadas podem estar em ${columns.map(quoted).join(' ou ')}`,
      remedy: 'Escolha a coluna com a quantidade de ações negociadas.',
    },
    volume_unit_unclear: {
      text: ({ found: cells }) => `os volumes, como ${list(cells.map(quoted))}, podem estar em ações ou em lotes: o volume financeiro não combina com nenhum dos dois, porque os preços são ajustados ou o dinheiro está em outra unidade`,
      remedy: 'Escolha o que os volumes contam.',
    },
    volume_note_unknown: {
      text: ({ column, found: cells }) => `a nota no nome da coluna, ${quoted(column)}, não é uma unidade conhecida, e os volumes, como ${list(cells.map(quoted))}, podem estar em ações, lotes, milhares ou milhões`,
      remedy: 'Escolha o que os volumes contam.',
    },
    volume_is_money: {
      text: 'a coluna traz o volume financeiro; esperava-se a quantidade de ações negociadas',
      remedy: 'Exporte também a quantidade de ações negociadas.',
    },

    // Lines
    field_count: {
      text: ({ expected, found: got }) => `esperavam-se ${number(expected)} campos como no cabeçalho; a linha tem ${number(got)}`,
      remedy: 'Corrija a linha ou apague-a.',
    },
    field_count_decimal_comma: {
      text: ({ expected, found: got }) => `esperavam-se ${number(expected)} campos como no cabeçalho; a linha tem ${number(got)}; uma vírgula decimal ou de milhar divide um número em dois`,
      remedy: 'Se o arquivo tem vírgulas decimais, como as exportações da B3 e de planilhas, salve-o com ponto e vírgula entre as colunas, ou escreva esses números com ponto decimal.',
    },
    quote_unclosed: { text: 'as aspas que abrem um campo não são fechadas no fim dele, na mesma linha', remedy: 'Feche as aspas ou apague-as.' },
    line_too_long: {
      text: ({ characters, limit }) => `a linha tem ${number(characters)} caracteres; no máximo ${number(limit)} são lidos`,
      remedy: 'Veja se faltam aspas ou uma quebra de linha.',
    },
    field_too_long: { text: ({ limit }) => `um campo é longo demais; no máximo ${number(limit)} caracteres são lidos`, remedy: 'Encurte o campo.' },

    // Cells
    number_expected: {
      text: ({ found: cell }) => `esperava-se um número como 1234.56; ${found(cell)}`,
      remedy: 'Escreva o número com algarismos e ponto decimal.',
    },
    number_expected_decimal_comma: {
      text: ({ found: cell }) => `esperava-se um número como 1234,56 ou 1.234.567; ${found(cell)}`,
      remedy: 'Escreva o número com algarismos e vírgula decimal.',
    },
    number_missing: { text: ({ found: cell }) => `esperava-se um número; ${found(cell)}`, remedy: 'Preencha a célula.' },
    row_incomplete: { text: 'esperava-se um número; a célula está sem valor, mas outras da linha têm', remedy: 'Complete a linha ou esvazie-a.' },
    number_too_large: { text: ({ found: cell }) => `${quoted(cell)} é grande demais para um número`, remedy: 'Corrija a célula.' },
    number_decimal_comma: {
      text: ({ found: cell }) => `esperava-se um número como 1234.56; encontrado: ${quoted(cell)}, com vírgula decimal`,
      remedy: 'Escreva todos os decimais do mesmo modo.',
    },
    number_decimal_point: {
      text: ({ found: cell }) => `esperava-se um número como 1234,56; encontrado: ${quoted(cell)}, com ponto decimal`,
      remedy: 'Escreva todos os decimais do mesmo modo.',
    },
    date_expected: {
      text: ({ example, found: cell }) => `esperava-se uma data como ${example}; ${found(cell)}`,
      remedy: 'Escreva todas as datas do mesmo modo.',
    },
    date_impossible: { text: ({ found: cell }) => `não existe o dia ${quoted(cell)}`, remedy: 'Corrija a data.' },
    rows_intraday: {
      text: ({ found: cell }) => `${quoted(cell)} é uma de várias linhas do mesmo dia; a previsão é feita com preços diários`,
      remedy: 'Exporte os preços de novo, com uma linha por dia.',
    },
    date_in_future: {
      text: ({ date: day, today }) => `${day} está no futuro (hoje é ${date(today)}, UTC); esperavam-se pregões passados`,
      remedy: 'Corrija a data ou apague a linha.',
    },
    price_expected: {
      text: ({ found: value }) => `esperava-se um preço maior que 0; encontrado: ${number(value)}`,
      remedy: 'Corrija o preço ou esvazie a linha.',
    },
    volume_expected: {
      text: ({ found: value }) => `esperava-se um volume maior ou igual a 0; encontrado: ${number(value)}`,
      remedy: 'Corrija o volume ou esvazie a linha.',
    },
    high_below_low: {
      text: ({ high, low }) => `High ${number(high)} está abaixo de Low ${number(low)}`,
      remedy: 'Veja se as colunas High e Low foram trocadas na exportação.',
    },
    outside_range: { text: ({ open, high, low, close }) => `a abertura ${number(open)} ou o fechamento ${number(close)} está fora do intervalo da mínima ${number(low)} à máxima ${number(high)}`, remedy: 'Exporte os preços de novo: todos ajustados por proventos e desdobramentos, ou nenhum.' },
    sessions_repeated: { text: ({ count, date: day, line, second }) => `${number(count)} ${one(count, 'linha repete', 'linhas repetem')} um pregão, por exemplo ${date(day)} nas linhas ${number(line)} e ${number(second)}, e nenhuma coluna indica o ativo`, remedy: 'Se o arquivo tem vários ativos, acrescente uma coluna Ativo ou envie cada ativo em seu próprio arquivo.' },
    session_twice: {
      text: ({ date: day, ticker, line }) => `o pregão ${day}${of(ticker)} já está na linha ${number(line)}`,
      remedy: 'Mantenha só uma das duas linhas ou, se forem de dois ativos, acrescente uma coluna Ativo. Juntar duas exportações costuma repetir um pregão.',
    },
    ticker_length: {
      text: ({ limit, found: cell }) => `esperava-se um código de ativo de 1 a ${number(limit)} caracteres; ${found(cell)}`,
      remedy: 'Corrija o código do ativo.',
    },
    window_not_ascending: {
      text: 'esperavam-se os pregões de uma janela em ordem crescente, com o pregão a prever por último',
      remedy: 'Ponha as colunas em ordem.',
    },

    // Tickers and splits
    too_few_sessions: {
      text: needsSessions,
      remedy: ({ missing, months }) => `Acrescente pelo menos ${number(missing)} ${one(missing, 'pregão anterior', 'pregões anteriores')}; cerca de ${number(months)} meses de preços diários bastam.`,
    },
    ticker_too_few_sessions: {
      text: needsSessions,
      remedy: ({ needed, months }) => `Envie pelo menos ${number(needed)} pregões de cada ativo (cerca de ${number(months)} meses de preços diários) ou deixe de fora os ativos com menos.`,
    },
    market_unknown: {
      text: ({ found: name, supported }) => `o modelo não tem um calendário do mercado ${quoted(name)}; disponíveis: ${list(supported)}`,
      remedy: 'Escolha um desses mercados.',
    },
    calendar_ends: {
      text: ({ ticker, date: end, market, first, last, horizon }) => `${subject(ticker)} termina em ${date(end)}; o calendário da bolsa ${market} só vai de ${date(first)} a ${date(last)}, e os ${number(horizon)} pregões a prever precisam estar dentro dessas datas`,
      remedy: ({ first, last, horizon }) => `Envie preços que terminem depois de ${date(first)} e pelo menos ${number(horizon)} pregões antes de ${date(last)} ou treine um modelo com dados mais novos.`,
    },
    too_many_splits: {
      text: ({ rows, limit }) => `a razão entre Close e 'Adj Close' muda como num desdobramento em ${number(rows)} linhas; no máximo ${number(limit)} são lidas`,
      remedy: 'Corrija a coluna Adj Close ou deixe-a de fora.',
    },
    splits_overflow: {
      text: ({ splits }) => `'Adj Close' mostra ${number(splits)} ${one(splits, 'desdobramento que leva', 'desdobramentos que, multiplicados, levam')} a números impossíveis`,
      remedy: 'Corrija a coluna Adj Close ou deixe-a de fora.',
    },

    // Warnings: how far to trust the forecast
    rows_sparse: { text: notDaily('') },
    rows_weekly: { text: notDaily(', como em dados semanais') },
    rows_monthly: { text: notDaily(', como em dados mensais') },
    rows_sparse_total: { text: ({ count }) => `Ao todo, ${number(count)} ativos não têm linhas diárias.` },
    history_outside_training: { text: ({ tickers, more, count, windows }) => `Os últimos pregões de ${list(tickers.map(quoted), more)} (${number(count)} de ${number(windows)} ativos) têm ${TRUST_LESS}` },
    file_outside_training: { text: `Os últimos pregões do arquivo têm ${TRUST_LESS}` },
    windows_outside_training: { text: ({ count, windows }) => `${number(count)} de ${number(windows)} linhas ${one(count, 'tem', 'têm')} ${TRUST_LESS}` },
    market_other: { text: ({ market, trained }) => `Foram usados os pregões e feriados de ${market}. O modelo aprendeu os efeitos de feriados, meios pregões e vencimentos com dados de ${list(trained)}.` },
    dates_not_sessions: { text: ({ count, dates, market }) => `${number(count)} das ${number(dates)} datas do arquivo ${one(count, 'não é pregão', 'não são pregões')} ${calendar(market)}. ${ANOTHER_EXCHANGE}` },
    dates_outside_calendar: { text: ({ count, dates, market, first, last }) => `${number(count)} das ${number(dates)} datas do arquivo ${one(count, 'está', 'estão')} fora ${calendar(market)}, que vai de ${date(first)} a ${date(last)}. ${one(count, 'Ela', 'Cada uma')} conta como um pregão médio.` },
    targets_outside_calendar: { text: ({ count, sessions, market, first, last }) => `${sessions === 1 ? 'O pregão' : `${number(count)} dos ${number(sessions)} pregões`} a prever não ${one(count, 'consta', 'constam')} ${calendar(market)}, que vai de ${date(first)} a ${date(last)}. Supõe-se um pregão médio.` },
    sessions_missing: { text: ({ ticker, count, sessions, market, dates, more }) => `No histórico${of(ticker)} ${one(count, 'falta', 'faltam')} ${number(count)} dos ${number(sessions)} pregões ${calendar(market)} entre o primeiro e o último: ${list(dates.map(date), more)}${stop(more)} Os demais são tratados como consecutivos.` },
    sessions_missing_total: { text: ({ count, market }) => `Ao todo, ${number(count)} ativos não têm todos os pregões ${calendar(market)}.` },
    session_unfinished: { text: ({ date: day, count, closed }) => `${one(count, 'Foi deixada de fora', 'Foram deixadas de fora')} ${number(count)} ${one(count, 'linha', 'linhas')} a partir de ${date(day)}: esse pregão ainda não terminou, e seu volume está incompleto (o último pregão encerrado é o de ${date(closed)} ou um anterior). A previsão começa no pregão não encerrado.` },
    last_time_differs: { text: ({ count, lines, more }) => `${one(count, 'A última linha tem', `As últimas ${number(count)} linhas têm`)} um horário diferente do das anteriores (${one(count, 'linha', 'linhas')} ${list(lines.map(number), more)}). Se esse pregão ainda não tinha terminado, apague a linha.` },
    quotes_left_out: { text: ({ count, lines, more }) => `${one(count, 'A última linha tem', `As últimas ${number(count)} linhas têm`)} um horário, ao contrário das anteriores, e ${one(count, 'ficou', 'ficaram')} de fora: é a cotação mais recente, com o volume de um pregão ainda não encerrado (${one(count, 'linha', 'linhas')} ${list(lines.map(number), more)}). A previsão começa nesse pregão.` },
    last_volume_small: { text: ({ count, tickers, more }) => `O último volume de ${number(count)} ${one(count, 'ativo', 'ativos')} é menos de um sétimo do usual: ${list(tickers.map(quoted), more)}${stop(more)} O pregão pode não ter terminado, ou o arquivo pode estar cortado. Se o volume estiver errado, a previsão também estará.` },
    file_last_volume_small: { text: 'O último volume do arquivo é menos de um sétimo do usual. O pregão pode não ter terminado, ou o arquivo pode estar cortado. Se o volume estiver errado, a previsão também estará.' },
    file_cut_off: { text: 'A última linha do arquivo não tem fim de linha, e seu volume tem menos dígitos que o usual: o arquivo pode estar cortado. Se o volume estiver errado, a previsão também estará.' },
    tickers_end_early: { text: ({ count, tickers, more }) => `${number(count)} ${one(count, 'ativo termina', 'ativos terminam')} antes dos outros: ${list(tickers.map(quoted), more)}${stop(more)} As previsões deles são para pregões anteriores.` },
    last_rows_dropped: { text: ({ ticker, last_date: last, last_read: read }) => `A previsão${of(ticker)} começa depois de ${date(last)}, a última data do arquivo, mas essa linha foi descartada; a última linha utilizável é de ${date(read)}. Para prever a partir de ${date(read)}, apague as linhas posteriores.` },
    last_rows_dropped_total: { text: ({ count }) => `Ao todo, ${number(count)} ativos terminam com linhas descartadas.` },
    volume_unit_noted: { text: ({ text }) => `O arquivo diz ${quoted(text)}, mas seus volumes foram contados como ações. Se estiverem em milhares ou milhões, escolha a unidade em “Como este arquivo foi lido”.` },
    volumes_fractional: { text: 'Muitos dos volumes não são números inteiros: devem estar em milhares ou milhões, ou ajustados por desdobramentos. Foram contados como ações: se não forem, escolha a unidade em “Como este arquivo foi lido”.' },
    volumes_rounded: { text: ({ found: cell }) => `Os volumes estão escritos como ${cell}, e por isso perderam os últimos dígitos. Planilhas exportam o que mostram: formate a coluna como números inteiros antes de exportar.` },
    split_suspected: { text: ({ ticker, date: day, new: shares, old }) => `A mudança de preço${of(ticker)} em ${date(day)} parece um ${split(shares, old, number)} não ajustado. Se for, escolha isso em “Como este arquivo foi lido”, ou envie preços ajustados.` },
    splits_suspected_total: { text: ({ count }) => `Ao todo, ${number(count)} mudanças de preço parecem desdobramentos ou grupamentos não ajustados.` },
    tickers_too_short: { text: ({ count, needed, tickers, more }) => `${one(count, 'Ficou', 'Ficaram')} de fora ${number(count)} ${one(count, 'ativo', 'ativos')} com menos que os ${number(needed)} pregões que uma previsão exige: ${list(tickers.map(quoted), more)}${stop(more)}` },
    tickers_outside_calendar: { text: ({ count, market, first, last, tickers, more }) => `${one(count, 'Ficou', 'Ficaram')} de fora ${number(count)} ${one(count, 'ativo', 'ativos')} cujos próximos pregões estão fora ${calendar(market)}, que vai de ${date(first)} a ${date(last)}: ${list(tickers.map(quoted), more)}${stop(more)}` },
    track_record_in_sample: { text: ({ ticker, count, sessions, test_from: start }) => `${number(count)} dos ${number(sessions)} pregões da avaliação${of(ticker)} ${one(count, 'é anterior', 'são anteriores')} a ${date(start)}, quando começa o teste do próprio modelo. Se ele aprendeu com ${one(count, 'esse pregão', 'esses pregões')}, a avaliação é otimista demais.` },

    // Notes: what was done with the file
    split_restated: { text: ({ ticker, date: day, new: shares, old, ratio }) => `Ajustado pelo ${split(shares, old, number)}${of(ticker)} em ${date(day)}: preços anteriores ${ratio > 1 ? 'divididos' : 'multiplicados'} e volumes ${ratio > 1 ? 'multiplicados' : 'divididos'} por ${number(Math.max(ratio, 1 / ratio))}.` },
    split_restated_in_prices: { text: ({ ticker, date: day, new: shares, old, ratio }) => `Ajustado pelo ${split(shares, old, number)}${of(ticker)} em ${date(day)}: preços anteriores ${ratio > 1 ? 'divididos' : 'multiplicados'} por ${number(Math.max(ratio, 1 / ratio))}. Os volumes anteriores ficaram como estão, porque contam como ações de hoje.` },
    splits_restated_total: { text: ({ count }) => `Ao todo, o histórico foi ajustado por ${number(count)} desdobramentos ou grupamentos.` },
    rows_dropped_empty: { text: dropped('sem nenhum preço ou volume') },
    rows_dropped_zero_volume: { text: dropped('com volume zero (nada foi negociado)') },
    rows_dropped_contradictory: { text: dropped('com Open ou Close fora do intervalo de Low a High') },
    rows_dropped_unreadable: { text: dropped('que não foi possível ler') },
    rows_dropped_impossible: { text: dropped('com valores ausentes ou impossíveis') },
    rows_dropped_repeated: { text: dropped('de um pregão que está duas vezes no arquivo') },
    rows_sorted: { text: 'As linhas não estavam em ordem de ativo e data; foram ordenadas.' },
    sheets_ignored: { text: ({ sheet, count, sheets, more }) => `Só a aba ${quoted(sheet)} foi lida. ${one(count, 'Outra aba também tem', `Outras ${number(count)} abas também têm`)} preços: ${list(sheets.map(quoted), more)}${stop(more)} Escolha uma em “Como este arquivo foi lido”.` },
    columns_ignored: { text: ignored('a previsão não usa') },
    window_columns_ignored: { text: ignored('a janela não usa') },
    windows_of_another_model: { text: ({ count, windows, expected }) => `${number(count)} ${windows === 1 ? 'janela' : `das ${number(windows)} janelas`} ${one(count, 'foi feita', 'foram feitas')} para outro modelo: a coluna 'Calendar effects' não é ${expected}. As entradas e as previsões podem ter um pequeno desvio. Gere as janelas de novo ou envie o histórico de preços.` },
    history_short: { text: ({ sessions, needed }) => `O histórico mais curto tem ${number(sessions)} ${one(sessions, 'pregão', 'pregões')}. Com ${number(needed)} (dois anos) ou mais, a previsão conheceria melhor o volume habitual do ativo, seus resultados trimestrais anteriores e seu próprio calendário.` },
    points_reduced: { text: ({ listed, points, limit }) => `Cada ativo mostra os últimos ${number(listed)} pregões em vez de ${number(points)}, porque uma resposta traz no máximo ${number(limit)} previsões passadas ao todo.` },
    track_record_impossible: { text: ({ ticker }) => `Sem avaliação${ticker === null ? '' : ` para '${ticker}'`}: há um volume impossível para ações.` },

    ...REQUESTS_PT_BR({ number, list, quoted, one }),
  };
};
