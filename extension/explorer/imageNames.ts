/** Which files are images of a dataset, by their names; as server/data/fileTree.ts has it. */

const ending = /\.(png|jpe?g|jfif|jpe|tiff?|webp|bmp|dib)$/i;

export const isImageName = (path: string): boolean => ending.test(path);

/** For vscode.workspace.findFiles: endings as cameras and people write them. */
export const imagePattern =
  '**/*.{png,jpg,jpeg,jfif,jpe,tif,tiff,webp,bmp,dib,PNG,JPG,JPEG,JFIF,JPE,TIF,TIFF,WEBP,BMP,DIB}';

/** Folders and names that layouts keep masks in. */
export const setAsidePattern =
  '{**/.*/**,**/node_modules/**,**/@eaDir/**,**/__MACOSX/**,**/[Mm]ask/**,**/[Mm]asks/**,**/ground_truth/**,**/ignore/**,**/[Ll]abel/**,**/[Ll]abels/**,**/[Aa]nnotations/**,**/*_GT.*,**/*_label.*,**/*_mask.*}';
