"""Makes the finder of check boxes: check_boxes.onnx of the engine `local`."""
