export const EN = {
  label: 'Views',
  forecast: 'Forecast',
  watchList: 'Watch-list',
  product: 'Stock Volume Predictor',
};

export const PT_BR = {
  label: 'Seções',
  forecast: 'Previsão',
  watchList: 'Acompanhamento',
  product: 'Stock Volume Predictor',
};
