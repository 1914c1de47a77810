"""The loss of Qwen3-ASR, on the assistant's target only."""

from torch.nn import functional as F
from transformers import Qwen3ASRForConditionalGeneration

from plion.models.qwen3_asr.encoder import embeddings
from plion.models.qwen3_asr.tensors import Example
from plion.models.values import LossSums


def loss_sums(model: Qwen3ASRForConditionalGeneration, batch: Example) -> LossSums:
    """The loss of a batch; `lm_head` runs on the supervised positions only.

    Neither the forward nor the backward pass synchronises with the device.
    """
    hidden = model.model.language_model(
        inputs_embeds=embeddings(model, batch.ids, batch.audio),
        # Causal without a mask: padding is on the right, where no supervised position attends.
        attention_mask={"full_attention": None},
        use_cache=False,
    ).last_hidden_state
    logits = model.lm_head(hidden[batch.rows, batch.columns]).float()
    losses = F.cross_entropy(logits, batch.labels, reduction="none")
    return LossSums.of(losses, batch.in_prefix)
