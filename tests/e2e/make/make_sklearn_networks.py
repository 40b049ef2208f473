#!/usr/bin/env python3
"""Makes small scikit-learn pipelines, converted to ONNX by skl2onnx, with what scikit-learn answers.

  python3 -m venv venv && venv/bin/pip install scikit-learn skl2onnx numpy
  venv/bin/python tests/e2e/make/make_sklearn_networks.py [-o tests/data/networks]

Written per pipeline: <name>_sklearn.onnx, .in0.bin (one sample, float32) and .out<K>.bin, raw
little-endian tensors in the model's own types: for classifiers the label (int64), then the
probabilities; for regressors the value. Trained on scikit-learn's own small data sets.
"""
import argparse
import pathlib

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

ROOT = pathlib.Path(__file__).resolve().parents[3]
PIPELINES = {
    "mlp_digits": (make_pipeline(StandardScaler(), MLPClassifier((24,), max_iter=60, random_state=1)), load_digits),
    "mlp_wine_tanh": (make_pipeline(MinMaxScaler(), MLPClassifier((16, 8), "tanh", max_iter=300, random_state=1)), load_wine),
    "logistic_iris": (make_pipeline(StandardScaler(), LogisticRegression()), load_iris),
    "logistic_wine": (make_pipeline(StandardScaler(), PCA(5), Normalizer(), LogisticRegression()), load_wine),
    "mlp_diabetes": (make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(20, 10), max_iter=400, random_state=1)), load_diabetes),
    "ridge_diabetes": (make_pipeline(StandardScaler(), PCA(6), Ridge()), load_diabetes),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "tests/data/networks")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    for name, (pipeline, load) in PIPELINES.items():
        x, y = load(return_X_y=True)
        pipeline.fit(x, y)
        classifier = hasattr(pipeline[-1], "classes_")
        options = {id(pipeline): {"zipmap": False}} if classifier else None
        model = convert_sklearn(pipeline, initial_types=[("features", FloatTensorType([1, x.shape[1]]))],
                                options=options, target_opset={"": 18, "ai.onnx.ml": 3})
        base = f"{args.output / name}_sklearn"
        pathlib.Path(f"{base}.onnx").write_bytes(model.SerializeToString())
        sample = x[7:8].astype(np.float32)
        pathlib.Path(f"{base}.in0.bin").write_bytes(sample.tobytes())
        answers = [pipeline.predict(sample)]
        if classifier:
            answers = [answers[0].astype(np.int64), pipeline.predict_proba(sample).astype(np.float32)]
        else:
            answers = [answers[0].astype(np.float32)]
        for k, answer in enumerate(answers):
            pathlib.Path(f"{base}.out{k}.bin").write_bytes(answer.tobytes())
        print(pathlib.Path(base).name, flush=True)


if __name__ == "__main__":
    main()
