export const EN = {
  title: (name) => `Forecast from ${name}`,
  model: (version, trained) => `Model ${version}, trained ${trained}.`,
  rows: { one: (count) => `${count} row read.`, other: (count) => `${count} rows read.` },
  newer: 'A newer model is now in use.',
  older: 'An older model is now in use.',
  again: 'Forecast again',
};

export const PT_BR = {
  title: (name) => `Previsão de ${name}`,
  model: (version, trained) => `Modelo ${version}, treinado em ${trained}.`,
  rows: { one: (count) => `${count} linha lida.`, other: (count) => `${count} linhas lidas.` },
  newer: 'Agora está em uso um modelo mais novo.',
  older: 'Agora está em uso um modelo mais antigo.',
  again: 'Prever de novo',
};
