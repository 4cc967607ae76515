// What a file's reading can be, by query parameter and value.

export const EN = {
  dates: {
    'year-first': 'Year first',
    'day-first': 'Day first',
    'month-first': 'Month first',
    seconds: 'Seconds since 1970',
    milliseconds: 'Milliseconds since 1970',
    serial: 'Day numbers of a spreadsheet',
  },
  decimal: { point: 'Decimal point', comma: 'Decimal comma' },
  volume_unit: {
    shares: 'Shares',
    'lots-10': 'Lots of 10 shares',
    'lots-100': 'Lots of 100 shares',
    'lots-1000': 'Lots of 1,000 shares',
  },
  encoding: {
    'utf-8': 'UTF-8',
    'utf-16': 'UTF-16',
    'utf-16-le': 'UTF-16, little-endian',
    'utf-16-be': 'UTF-16, big-endian',
    cp1252: 'Windows-1252 (Western Europe)',
    gb18030: 'GB 18030 (simplified Chinese)',
    shift_jis: 'Shift JIS (Japanese)',
    big5: 'Big5 (traditional Chinese)',
    'latin-1': 'Latin-1 (Western Europe)',
  },
};

export const PT_BR = {
  dates: {
    'year-first': 'Ano primeiro',
    'day-first': 'Dia primeiro',
    'month-first': 'Mês primeiro',
    seconds: 'Segundos desde 1970',
    milliseconds: 'Milissegundos desde 1970',
    serial: 'Números de dia de uma planilha',
  },
  decimal: { point: 'Ponto decimal', comma: 'Vírgula decimal' },
  volume_unit: {
    shares: 'Ações',
    'lots-10': 'Lotes de 10 ações',
    'lots-100': 'Lotes de 100 ações',
    'lots-1000': 'Lotes de 1.000 ações',
  },
  encoding: {
    'utf-8': 'UTF-8',
    'utf-16': 'UTF-16',
    'utf-16-le': 'UTF-16, little-endian',
    'utf-16-be': 'UTF-16, big-endian',
    cp1252: 'Windows-1252 (Europa Ocidental)',
    gb18030: 'GB 18030 (chinês simplificado)',
    shift_jis: 'Shift JIS (japonês)',
    big5: 'Big5 (chinês tradicional)',
    'latin-1': 'Latin-1 (Europa Ocidental)',
  },
};
