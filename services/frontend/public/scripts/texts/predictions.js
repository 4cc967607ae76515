export const EN = {
  title: 'All forecasts',
  headHistory: ['Ticker', 'Session', 'Step', 'Volume', '80% range'],
  headRows: ['Row', 'Ticker', 'Session', 'Volume', '80% range'],
  none: '–',
  pages: 'Pages of the table',
  back: 'Back',
  next: 'Next',
  where: (first, last, count) => `${first}–${last} of ${count}`,
};

export const PT_BR = {
  title: 'Todas as previsões',
  headHistory: ['Ação', 'Pregão', 'Passo', 'Volume', 'Faixa de 80%'],
  headRows: ['Linha', 'Ação', 'Pregão', 'Volume', 'Faixa de 80%'],
  none: '–',
  pages: 'Páginas da tabela',
  back: 'Voltar',
  next: 'Avançar',
  where: (first, last, count) => `${first}–${last} de ${count}`,
};
