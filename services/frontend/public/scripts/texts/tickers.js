export const EN = { ticker: 'Ticker' };

export const PT_BR = { ticker: 'Ação' };
