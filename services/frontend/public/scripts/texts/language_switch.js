export const EN = { label: 'Language' };

export const PT_BR = { label: 'Idioma' };
