export const EN = {
  title: (name) => `Forecast from ${name}`,
  model: (version, trained) => `Model ${version}, trained ${trained}.`,
  rows: { one: (count) => `${count} row read.`, other: (count) => `${count} rows read.` },
  newer: 'A newer model has come into use since this forecast was made.',
  older: 'An older model is served now than when this forecast was made.',
  again: 'Forecast again',
};

export const PT_BR = {
  title: (name) => `Previsão de ${name}`,
  model: (version, trained) => `Modelo ${version}, treinado em ${trained}.`,
  rows: { one: (count) => `${count} linha lida.`, other: (count) => `${count} linhas lidas.` },
  newer: 'Desde que esta previsão foi feita, um modelo mais novo entrou em uso.',
  older: 'Agora está em uso um modelo mais antigo que o desta previsão.',
  again: 'Prever de novo',
};
