"""From trained weights to files that a runtime takes: ONNX, INT8. Needs the extra `train`."""
