export const EN = {
  title: 'What the file should look like',
  history: 'One row per session, with these columns in any order; Ticker is optional. Adj Close, if present, shows splits; other columns are ignored.',
  length: (sessions) => `Each ticker needs at least ${sessions} sessions; with a year of them, you also see how good such forecasts are.`,
  example: 'Example file',
  dialect: 'Most exports are read as they are: column names in sixteen languages, commas, semicolons or tabs, decimal points or commas, dates in any order. You can also send a file of precomputed features, as the training pipeline writes it.',
  sample: 'Download the sample file',
};

export const PT_BR = {
  title: 'Como deve ser o arquivo',
  history: 'Uma linha por pregão, com estas colunas em qualquer ordem; Ticker é opcional. Adj Close, se houver, mostra os desdobramentos; outras colunas são ignoradas.',
  length: (sessions) => `Cada ativo precisa de pelo menos ${sessions} pregões; um ano deles mostra também quanto essas previsões acertam.`,
  example: 'Um exemplo do arquivo',
  dialect: 'A maioria das exportações é lida como está: nomes de colunas em dezesseis idiomas, vírgulas, ponto e vírgula ou tabulações, ponto ou vírgula decimal, datas em qualquer ordem. Um arquivo de variáveis já calculadas, como o que o treinamento escreve, também serve.',
  sample: 'Baixar o arquivo de exemplo',
};
