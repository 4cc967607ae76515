export const EN = {
  title: 'Recent and coming sessions',
  titleRows: 'Forecasts by row of the file',
  actual: 'Traded',
  predicted: 'Forecast',
  band: '80% range',
  coming: 'Coming sessions',
  keys: 'Use the arrow keys to read single values.',
  row: (number) => `Row ${number}`,
  readActual: (volume) => `traded ${volume}`,
  readPredicted: (volume, range) => `forecast ${volume} (${range})`,
};

export const PT_BR = {
  title: 'Pregões recentes e próximos',
  titleRows: 'Previsões por linha do arquivo',
  actual: 'Negociado',
  predicted: 'Previsão',
  band: 'Faixa de 80%',
  coming: 'Próximos pregões',
  keys: 'Use as setas para ler cada valor.',
  row: (number) => `Linha ${number}`,
  readActual: (volume) => `negociado ${volume}`,
  readPredicted: (volume, range) => `previsto ${volume} (${range})`,
};
