export const EN = {
  early: 'You can already drop or paste your file. The forecast follows as soon as there is a model.',
  bar: 'Epochs done',
  titles: {
    training: 'The first model is being trained',
    failed: 'Training stopped',
    publishing: 'The model is being loaded',
    untrained: 'No model yet',
  },
  leads: {
    training: (stage) => `Stage: ${stage}. This page switches to forecasts automatically.`,
    failed: (stage) => `It failed in this stage: ${stage}.`,
    publishing: 'Training is done; forecasts will be ready in a moment.',
    untrained: 'No training is running.',
  },
  hints: {
    failed: 'Fix the cause, then run "make train" in the project folder. This page updates by itself.',
    untrained: 'Run "make train" in the project folder. This page updates by itself.',
  },
  starting: 'Starting',
  stages: {
    load_data: 'Load the data',
    preprocess: 'Preprocess',
    engineer_features: 'Engineer features',
    train: 'Train the network',
    evaluate: 'Evaluate',
    publish: 'Publish',
  },
  marks: { done: 'done', current: 'in progress', failed: 'failed', waiting: 'pending' },
  epoch: (epoch, epochs) => `Epoch ${epoch} of ${epochs}`,
  eta: (duration) => `about ${duration} left`,
  loss: (loss, validationLoss) => `loss ${loss}, validation loss ${validationLoss}`,
};

export const PT_BR = {
  early: 'Você já pode soltar ou colar o seu arquivo: a previsão será feita assim que houver um modelo.',
  bar: 'Épocas concluídas',
  titles: {
    training: 'O primeiro modelo está sendo treinado',
    failed: 'O treinamento parou',
    publishing: 'O modelo está sendo carregado',
    untrained: 'Ainda não há modelo',
  },
  leads: {
    training: (stage) => `Etapa: ${stage}. Esta página passa às previsões sozinha.`,
    failed: (stage) => `Falhou nesta etapa: ${stage}.`,
    publishing: 'O treinamento terminou; as previsões estarão disponíveis em instantes.',
    untrained: 'Não há treinamento em andamento.',
  },
  hints: {
    failed: 'Corrija a causa e execute "make train" na pasta do projeto. A página se atualiza sozinha.',
    untrained: 'Execute "make train" na pasta do projeto. A página se atualiza sozinha.',
  },
  starting: 'Iniciando',
  stages: {
    load_data: 'Carregar os dados',
    preprocess: 'Preparar os dados',
    engineer_features: 'Calcular as variáveis',
    train: 'Treinar a rede',
    evaluate: 'Avaliar',
    publish: 'Publicar',
  },
  marks: { done: 'concluída', current: 'em andamento', failed: 'falhou', waiting: 'por vir' },
  epoch: (epoch, epochs) => `Época ${epoch} de ${epochs}`,
  eta: (duration) => `tempo restante: cerca de ${duration}`,
  loss: (loss, validationLoss) => `perda ${loss}, perda de validação ${validationLoss}`,
};
