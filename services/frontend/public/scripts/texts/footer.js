export const EN = {
  description: 'Drop a file of daily prices and see the trading volume to expect in the coming sessions.',
  disclaimer: 'Forecasts of traded volume in shares, from past sessions and the exchange\'s calendar. Not investment advice.',
};

export const PT_BR = {
  description: 'Solte um arquivo de preços diários e veja o volume esperado nos próximos pregões.',
  disclaimer: 'Previsões do volume negociado, em ações, a partir de pregões passados e do calendário da bolsa. Não é recomendação de investimento.',
};
