/** What an exported model is scored with in Python: the same preparation of images as ours (docs/pixels.md). */
export const pythonScript = `import sys
import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession(sys.argv[1])
said = session.get_modelmeta().custom_metadata_map
width, height, channels = (int(said["segdec." + key]) for key in ("input_width", "input_height", "channels"))

def planes(path):
    image = Image.open(path)
    if said.get("segdec.orientation") != "stored":
        image = ImageOps.exif_transpose(image)
    deep = image.mode.startswith("I")  # 16 bits
    if not deep:
        image = image.convert("L" if channels == 1 else "RGB")
    pixels = np.atleast_3d(np.asarray(image, dtype=np.float32))
    sized = [np.asarray(Image.fromarray(np.ascontiguousarray(pixels[..., c])).resize((width, height), Image.BILINEAR))
             for c in range(pixels.shape[2])]
    return np.floor(np.stack(sized * (channels // len(sized))) + 0.5) * (255 / 65535 if deep else 1)

for path in sys.argv[2:]:
    score, heat = session.run(["probability", "map"], {"image": planes(path)[None].astype(np.float32)})
    print(path, score[0], "defective" if score[0] >= float(said["segdec.threshold"]) else "good")
`;
