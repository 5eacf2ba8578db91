"""Measures the classifier: one picture through ours, through timm's and through onnxruntime, in one run."""

import tempfile
from pathlib import Path

import torch

from core.explain import cam
from demos.cnn import look
from demos.cnn.models import look_at, network
from tests.bench.translation import seconds


def against_the_libraries() -> None:
    """Milliseconds of one picture, batch 1. timm's network is untrained: its weights do not change its time."""
    net, (_, x, _) = network("efficientnet"), look_at("cat", "centre")
    with torch.inference_mode():
        ours = 1000 * seconds(lambda: net(x), 30)
        logits = net(x)
    mapped = 1000 * seconds(lambda: (net(x), cam(net, x, "head", 285)), 20)
    whole = 1000 * seconds(lambda: look.compute("cat"), 10)
    print(f"one picture: {ours:.1f} ms (limit 20), with Grad-CAM {mapped:.1f} ms (limit 60), in all {whole:.0f} ms")
    try:
        import onnxruntime
        import timm
    except ImportError:
        print("  `pip install timm onnx onnxruntime` to see it beside theirs")
        return
    peer = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    with torch.inference_mode():
        theirs = 1000 * seconds(lambda: peer(x), 30)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net.onnx")
        torch.onnx.export(net, (x,), path, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: x.numpy()}
    fastest = 1000 * seconds(lambda: session.run(None, given), 30)
    error = abs(session.run(None, given)[0] - logits.numpy()).max()
    print(
        f"  timm {theirs:.1f} ms, ours {theirs / ours:.2f} x as fast; onnxruntime {fastest:.1f} ms, "
        f"ours {fastest / ours:.2f} x as fast (greatest difference of a logit {error:.1e})"
    )
