/** What the name of a folder says of the images in it, in the words that people and published datasets use. */
import { wordKey } from '../../../protocol/names.ts';
import type { Label } from '../../../protocol/dataset.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map(wordKey));

/** English, then German, French, Spanish, Italian, Portuguese, Dutch, Polish, Chinese, Japanese, Korean. */
const okWords = words(
  `ok okay good normal pass passed nominal defect_free no_defect no_defects non_defective not_defective without_defect
  gut iO inOrdnung fehlerfrei bon bonne conforme sans_defaut sans_défaut bueno buena buono buona bom boa conform
  goed dobry dobre 正常 良品 合格 合格品 正常品 정상 양품`,
);
const defectiveWords = words(
  `defective defect defects bad ng ko nok not_ok notgood not_good abnormal anomaly anomalies anomalous anormal fail failed
  faulty fault reject rejected defekt defekte defekter schlecht fehler fehlerhaft niO nichtInOrdnung mauvais defaut
  défaut defectueux défectueux nonconforme non_conforme malo defecto defectuoso difetto difettoso defeito defeituoso
  ruim slecht wadliwy wadliwe 异常 異常 不良 不良品 缺陷 欠陥 不合格 瑕疵 불량 결함`,
);
/** Folders in which datasets keep masks. */
const maskWords = words(
  'masks mask ground_truth groundtruth gt label labels segmentation segmentations',
);
/** Of tools that draw: what lies there is neither photo nor mask. */
const annotationWords = words('annotations annotation');

interface Meaning {
  readonly label: Label | undefined;
  readonly isMask: boolean;
  readonly isNoPhoto: boolean;
}

function meaningIn(name: string): Meaning {
  const key = wordKey(name);
  const isMask = maskWords.has(key);
  const label = okWords.has(key) ? 'ok' : defectiveWords.has(key) ? 'defective' : undefined;
  return { label, isMask, isNoPhoto: isMask || annotationWords.has(key) };
}

/** Many images have one folder, which is asked for with each. */
const known = new Map<string, Meaning>();
const mostKnown = 10_000;

function meaningOf(name: string): Meaning {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= mostKnown) known.clear();
  const meaning = meaningIn(name);
  known.set(name, meaning);
  return meaning;
}

/** The label that a folder's name gives, in any case; undefined for other names. */
export const labelOfFolder = (name: string): Label | undefined => meaningOf(name).label;

/** True for a folder whose images are masks. */
export const isMaskFolder = (name: string): boolean => meaningOf(name).isMask;

/** True for a folder that holds no photos: masks, or what tools draw. */
export const isNoPhotoFolder = (name: string): boolean => meaningOf(name).isNoPhoto;
