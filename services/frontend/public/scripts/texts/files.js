export const EN = {
  title: 'Your files',
  waiting: 'waiting',
  sending: (percent) => `sending, ${percent}`,
  forecasting: 'forecasting',
  retry: (duration) => `busy, trying again in ${duration}`,
  done: 'forecast ready',
  failed: 'could not be used',
  away: 'waiting for the forecaster',
  kept: 'kept here until there is a model',
  retryAway: (duration) => `no response, trying again in ${duration}`,
  remove: (name) => `Remove ${name}`,
  cancel: (name) => `Cancel ${name}`,
};

export const PT_BR = {
  title: 'Seus arquivos',
  waiting: 'na fila',
  sending: (percent) => `enviando, ${percent}`,
  forecasting: 'calculando',
  retry: (duration) => `ocupado, de novo em ${duration}`,
  done: 'previsão pronta',
  failed: 'não pôde ser usado',
  away: 'à espera do serviço',
  kept: 'fica aqui; a previsão será feita quando houver um modelo',
  retryAway: (duration) => `sem resposta, de novo em ${duration}`,
  remove: (name) => `Remover ${name}`,
  cancel: (name) => `Cancelar ${name}`,
};
