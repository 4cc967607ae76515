export const EN = {
  label: 'Ticker',
  list: 'Tickers in the file',
  open: 'Show all tickers',
  back: 'Previous ticker',
  next: 'Next ticker',
  place: (place, count) => `${place} of ${count}`,
  found: { one: (found, count) => `${found} of ${count} matches`, other: (found, count) => `${found} of ${count} match` },
  none: (typed) => `No ticker matches “${typed}”.`,
};

export const PT_BR = {
  label: 'Ativo',
  list: 'Ativos do arquivo',
  open: 'Mostrar todos os ativos',
  back: 'Ativo anterior',
  next: 'Próximo ativo',
  place: (place, count) => `${place} de ${count}`,
  found: { one: (found, count) => `${found} de ${count} encontrado`, other: (found, count) => `${found} de ${count} encontrados` },
  none: (typed) => `Nenhum ativo corresponde a “${typed}”.`,
};
