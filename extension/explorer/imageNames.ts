/** Which files are images of a dataset, by their names; as server/data/fileTree.ts has it. */

const ending = /\.(png|jpe?g|tiff?|webp|bmp)$/i;

export const isImageName = (path: string): boolean => ending.test(path);

/** For vscode.workspace.findFiles: endings as cameras and people write them. */
export const imagePattern = '**/*.{png,jpg,jpeg,tif,tiff,webp,bmp,PNG,JPG,JPEG,TIF,TIFF,WEBP,BMP}';

/** Folders and names that layouts keep masks in. */
export const setAsidePattern =
  '{**/.*/**,**/node_modules/**,**/@eaDir/**,**/__MACOSX/**,**/[Mm]ask/**,**/[Mm]asks/**,**/ground_truth/**,**/ignore/**,**/[Ll]abel/**,**/[Ll]abels/**,**/[Aa]nnotations/**,**/*_GT.*,**/*_label.*,**/*_mask.*}';
